import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachePath, installInto } from './services/cache.js';
import { findJava, LEAST_JAVA } from './services/find-java.js';
import { firstThatWorks } from './services/first-that-works.js';
import { remembered } from './services/remembered.js';
import { programOnPath, runCommand } from './services/run-command.js';

const FLINK_VERSION = '2.3.0';
const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** What runs a script of SQL on a cluster within one process, over files. */
const MODULES = [
  'flink-table-api-java-bridge',
  'flink-table-planner-loader',
  'flink-table-runtime',
  'flink-clients',
  'flink-cep',
  'flink-connector-files',
  'flink-json',
];

/**
 * How Flink is started: a Java, and the folder of the jars.
 *
 * @typedef {{ java: string, jars: string }} FlinkProgram
 */

/**
 * Where Flink is, for the tests of the SQL that is exported; installs it where it is not.
 *
 * @type {() => Promise<FlinkProgram>}
 */
export const findFlink = remembered(() =>
  firstThatWorks({
    what: `Flink ${FLINK_VERSION}`,
    ways: [
      { name: 'the cache', find: inCache },
      { name: 'Maven', find: fromMaven },
    ],
    advice: [`install Java ${LEAST_JAVA} or later (a JDK) and Maven`],
  }),
);

async function inCache() {
  if (!existsSync(jarsInCache())) throw new Error(`nothing in ${cachePath()}`);
  return { java: await findJava(), jars: jarsInCache() };
}

async function fromMaven() {
  const java = await findJava();
  if (programOnPath('mvn') === null) throw new Error('no mvn on the PATH');
  await installInto(jarsInCache(), async folder => {
    const jars = join(folder, 'jars');
    mkdirSync(jars);
    writeFileSync(join(folder, 'pom.xml'), POM);
    const copy = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${jars}`];
    await runCommand('mvn', ['-q', '-B', ...copy], { cwd: folder, timeoutMs: INSTALL_TIMEOUT_MS });
    if (readdirSync(jars).length < MODULES.length) throw new Error('Maven copied too few jars');
    return jars;
  });
  return { java, jars: jarsInCache() };
}

function jarsInCache() {
  return cachePath(`flink-${FLINK_VERSION}`, 'jars');
}

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>millrace</groupId>
  <artifactId>flink-for-tests</artifactId>
  <version>1</version>
  <dependencies>
${MODULES.map(
  module => `    <dependency>
      <groupId>org.apache.flink</groupId>
      <artifactId>${module}</artifactId>
      <version>${FLINK_VERSION}</version>
    </dependency>`,
).join('\n')}
  </dependencies>
</project>
`;
