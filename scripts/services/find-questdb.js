import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cachePath, installInto } from './cache.js';
import { copyFromImage, requireContainers } from './container-files.js';
import { findJava, JAVA, LEAST_JAVA } from './find-java.js';
import { firstThatWorks } from './first-that-works.js';
import { remembered } from './remembered.js';
import { programOnPath, runCommand } from './run-command.js';

const QUESTDB_VERSION = '9.3.4';
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/**
 * How QuestDB is started: a Java, and where the module is, unless that Java contains it.
 *
 * @typedef {{ java: string, modulePath: string | null }} QuestDbProgram
 */

/**
 * Where QuestDB is; installs it where it is not.
 *
 * @type {() => Promise<QuestDbProgram>}
 */
export const findQuestDb = remembered(() =>
  firstThatWorks({
    what: `QuestDB ${QUESTDB_VERSION}`,
    ways: [
      { name: 'questdb on the PATH', find: onPath },
      { name: 'the cache', find: inCache },
      { name: `container image questdb/questdb:${QUESTDB_VERSION}`, find: fromImage },
      { name: 'Maven', find: fromMaven },
    ],
    advice: [
      `install Java ${LEAST_JAVA} or later and Maven, or put questdb ${QUESTDB_VERSION} on the PATH`,
      'or set MILLRACE_QUESTDB_URL to the address of one that runs, such as http://127.0.0.1:9000',
    ],
  }),
);

/** The `questdb.sh` of a distribution stands beside its jar, or beside a Java that contains QuestDB. */
async function onPath() {
  const script = programOnPath('questdb') ?? programOnPath('questdb.sh');
  if (script === null) throw new Error('there is none');
  const folder = dirname(realpathSync(script));
  const jar = readdirSync(folder).find(name => /^questdb.*\.jar$/.test(name));
  if (jar !== undefined) return requireVersion({ java: await findJava(), modulePath: join(folder, jar) });
  if (existsSync(join(folder, JAVA))) return requireVersion({ java: join(folder, JAVA), modulePath: null });
  throw new Error(`neither a jar nor a Java stands beside ${script}`);
}

async function inCache() {
  if (existsSync(jarInCache())) return { java: await findJava(), modulePath: jarInCache() };
  if (existsSync(imageInCache())) return requireVersion({ java: join(imageInCache(), 'bin/java'), modulePath: null });
  throw new Error(`nothing in ${cachePath()}`);
}

async function fromImage() {
  await requireContainers();
  await installInto(imageInCache(), async folder => {
    const copied = join(folder, 'app');
    await copyFromImage({ image: `questdb/questdb:${QUESTDB_VERSION}`, from: '/app', to: copied });
    await requireVersion({ java: join(copied, 'bin/java'), modulePath: null });
    return copied;
  });
  return { java: join(imageInCache(), 'bin/java'), modulePath: null };
}

async function fromMaven() {
  const java = await findJava();
  if (programOnPath('mvn') === null) throw new Error('no mvn on the PATH');
  await installInto(jarInCache(), async folder => {
    const artifact = `-Dartifact=org.questdb:questdb:${QUESTDB_VERSION}`;
    await runCommand('mvn', ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${folder}`], {
      cwd: folder, // a pom.xml of the working directory is none of its business
      timeoutMs: INSTALL_TIMEOUT_MS,
    });
    const jar = join(folder, `questdb-${QUESTDB_VERSION}.jar`);
    await requireVersion({ java, modulePath: jar });
    return jar;
  });
  return { java, modulePath: jarInCache() };
}

function jarInCache() {
  return cachePath(`questdb-${QUESTDB_VERSION}`, `questdb-${QUESTDB_VERSION}.jar`);
}

function imageInCache() {
  return cachePath(`questdb-${QUESTDB_VERSION}`, 'image');
}

/** @param {QuestDbProgram} program */
async function requireVersion(program) {
  const { java, modulePath } = program;
  const options = modulePath === null ? [] : ['-p', modulePath];
  const text = await runCommand(java, [...options, '--describe-module', 'io.questdb'], { timeoutMs: 30_000 });
  const version = /^io\.questdb@(\S+)/.exec(text)?.[1] ?? 'unknown';
  if (version !== QUESTDB_VERSION) throw new Error(`it has version ${version}, not ${QUESTDB_VERSION}`);
  return program;
}
