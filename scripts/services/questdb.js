import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { httpStatus } from './answers.js';
import { findQuestDb } from './find-questdb.js';
import { startInFolder } from './start-in-folder.js';

/**
 * @typedef {object} QuestDbOptions
 * @property {string} [directory] of its configuration, log and tables; by default a temporary one, removed by `stop`
 * @property {number} [httpPort] of SQL, ILP over HTTP and the console; by default a free one
 * @property {number} [pgPort] of the PostgreSQL protocol; 0: a free one; by default off
 * @property {number} [ilpPort] of ILP over TCP; 0: a free one; by default off
 * @property {Readonly<Record<string, string | number | boolean>>} [config] more of `server.conf`; wins over what is set here
 * @property {readonly string[]} [javaOptions] after those that are set here; `SHORT_LIVED` for a test
 * @property {boolean} [detached] it outlives this process
 *
 * @typedef {import('./start-in-folder.js').RunningServer &
 *   { httpPort: number, pgPort: number | null, ilpPort: number | null }} QuestDbServer
 */

/**
 * Starts a QuestDB on loopback, and waits until it answers a query. It creates no table or column by itself, and calls
 * nobody. Throws a `ServiceError` where there is no QuestDB or it does not get ready.
 *
 * @param {QuestDbOptions} [options]
 * @returns {Promise<QuestDbServer>}
 */
export async function startQuestDb(options = {}) {
  const { directory, httpPort, pgPort, ilpPort, config = {}, javaOptions = [], detached = false } = options;
  const { java, modulePath } = await findQuestDb();
  return startInFolder({
    name: 'QuestDB',
    directory,
    isDetached: detached,
    ports: { httpPort, pgPort: pgPort ?? null, ilpPort: ilpPort ?? null },
    describe: ({ folder, ports }) => {
      const url = `http://127.0.0.1:${ports.httpPort}`;
      mkdirSync(join(folder, 'conf'), { recursive: true });
      writeFileSync(join(folder, 'conf/server.conf'), properties({ ...serverConfig(ports), ...config }));
      writeFileSync(join(folder, 'conf/log.conf'), properties(LOG_CONFIG));
      return {
        addresses: { url, ...ports },
        program: java,
        commandLine: [
          ...JAVA_OPTIONS,
          `-XX:ErrorFile=${join(folder, 'crash-%p.log')}`,
          ...javaOptions,
          ...moduleOptions(modulePath),
          '-d',
          folder,
        ],
        readyLine: /http-server listening/,
        readyTimeoutMs: 120_000, // a JVM on a busy machine
        answers: async () => ANSWERS.has(await httpStatus(`${url}/exec?query=select%201`)),
        env: environment(),
      };
    },
  });
}

/** 401, 403: `config` asks for a user. */
const ANSWERS = new Set([200, 401, 403]);

const JAVA_OPTIONS = [
  '-Xms64m',
  '-Xmx512m', // rows are kept outside of the heap
  '-XX:+UseParallelGC',
  '-XX:-UsePerfData',
  '-Dfile.encoding=UTF-8',
];

/** Java options that make a start a third cheaper, and cost speed later: without the optimizing compiler. */
export const SHORT_LIVED = ['-XX:TieredStopAtLevel=1'];

/** Without a line for each request. */
const LOG_CONFIG = {
  writers: 'stdout',
  'w.stdout.class': 'io.questdb.log.LogConsoleWriter',
  'w.stdout.level': 'ERROR,CRITICAL,ADVISORY',
};

function serverConfig({ httpPort, pgPort, ilpPort }) {
  return {
    'http.bind.to': `127.0.0.1:${httpPort}`,
    'http.min.enabled': false,
    'pg.enabled': pgPort !== null,
    ...(pgPort === null ? {} : { 'pg.net.bind.to': `127.0.0.1:${pgPort}` }),
    'line.tcp.enabled': ilpPort !== null,
    ...(ilpPort === null ? {} : { 'line.tcp.net.bind.to': `127.0.0.1:${ilpPort}` }),
    'line.auto.create.new.tables': false,
    'line.auto.create.new.columns': false,
    'telemetry.enabled': false,
    'http.receive.buffer.size': '4M', // a request of some thousand rows is read in one go
    'shared.network.worker.count': 1,
    'shared.query.worker.count': 1,
    'shared.write.worker.count': 1,
    'wal.apply.worker.count': 1,
    'mat.view.refresh.worker.count': 1,
    'view.compiler.worker.count': 1,
    'export.worker.count': 1,
  };
}

function moduleOptions(modulePath) {
  return [...(modulePath === null ? [] : ['-p', modulePath]), '-m', 'io.questdb/io.questdb.ServerMain'];
}

/** Without the variables by which QuestDB's own configuration is overridden. */
function environment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('QDB_')));
}

function properties(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
