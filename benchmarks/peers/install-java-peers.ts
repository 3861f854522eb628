import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from '../../scripts/services/cache.js';
import { findJava } from '../../scripts/services/find-java.js';
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
  const commandLine = ['-q', '-B', '-f', join(import.meta.dirname, 'pom.xml'), 'package', `-Dpeers.build=${jars}`];
  await runCommand('mvn', commandLine, { timeoutMs: BUILD_TIMEOUT_MS });
  return jars;
}

function sourceHash(): string {
  const hash = createHash('sha256');
  const files = globSync('{pom.xml,*/pom.xml,*/src/**/*.java}', { cwd: import.meta.dirname }).toSorted();
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(import.meta.dirname, file)));
  return hash.digest('hex').slice(0, 12);
}
