import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from '../../scripts/services/cache.js';
import { findJava, LEAST_JAVA } from '../../scripts/services/find-java.js';
import { runCommand } from '../../scripts/services/run-command.js';

const BUILD_TIMEOUT_MS = 15 * 60_000; // Maven may have all of Flink to bring

/** How an engine of Java's world is started: the program, and the folder of each engine's jars. */
export type JavaPeers = { readonly java: string; readonly jarsOf: (peer: string) => string };

/** Builds the drivers of this folder with what they need, by Maven, into the cache; once for each state of their source. */
export async function installJavaPeers(): Promise<JavaPeers> {
  const java = await findJava();
  const folder = cachePath(`peers-${sourceHash()}`);
  if (!existsSync(folder)) await installInto(folder, build);
  return { java, jarsOf: peer => join(folder, peer) };
}

async function build(folder: string): Promise<string> {
  const jars = join(folder, 'jars');
  const log = join(folder, 'maven.log');
  const pom = join(import.meta.dirname, 'pom.xml');
  try {
    await runCommand('mvn', ['-q', '-B', '-l', log, '-f', pom, 'package', `-Dpeers.build=${jars}`], {
      timeoutMs: BUILD_TIMEOUT_MS,
    });
  } catch (error) {
    const logged = existsSync(log) ? readFileSync(log, 'utf8') : '';
    const said = /^\[ERROR\] (.*)/m.exec(logged)?.[1] ?? (error as Error).message; // the last line is a link to a page of Maven's
    throw new Error(`the other engines cannot be built, which needs a JDK ${LEAST_JAVA} or later and Maven: ${said}`, {
      cause: error,
    });
  }
  return jars;
}

function sourceHash(): string {
  const hash = createHash('sha256');
  const files = globSync('{pom.xml,*/pom.xml,*/src/**/*.java}', { cwd: import.meta.dirname }).toSorted();
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 12);
}
