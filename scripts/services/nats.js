import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { greetsAsNats, httpStatus } from './answers.js';
import { findNats } from './find-nats.js';
import { startInFolder } from './start-in-folder.js';

/**
 * @typedef {object} NatsOptions
 * @property {string} [directory] of its configuration, log and streams; by default a temporary one, removed by `stop`
 * @property {number} [port] by default a free one
 * @property {number} [monitorPort] by default a free one
 * @property {string} [config] more of a NATS configuration file: `authorization { … }`, `tls { … }`
 * @property {boolean} [detached] it outlives this process
 *
 * @typedef {import('./start-in-folder.js').RunningServer &
 *   { port: number, monitorPort: number, monitorUrl: string }} NatsServer
 */

/**
 * Starts a nats-server with JetStream on loopback, and waits until it greets and JetStream is healthy. Throws a
 * `ServiceError` where there is no nats-server or it does not get ready.
 *
 * @param {NatsOptions} [options]
 * @returns {Promise<NatsServer>}
 */
export async function startNats({ directory, port, monitorPort, config = '', detached = false } = {}) {
  const program = await findNats();
  return startInFolder({
    name: 'nats-server',
    directory,
    isDetached: detached,
    ports: { port, monitorPort },
    describe: ({ folder, ports }) => {
      const monitorUrl = `http://127.0.0.1:${ports.monitorPort}`;
      const file = join(folder, 'nats.conf');
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, natsConfig({ ports, storeDirectory: resolve(folder, 'jetstream'), config }));
      return {
        addresses: { url: `nats://127.0.0.1:${ports.port}`, ...ports, monitorUrl },
        program,
        commandLine: ['-c', file],
        readyLine: /Server is ready/,
        readyTimeoutMs: 30_000,
        answers: async () =>
          (/handshake_first/.test(config) || (await greetsAsNats({ host: '127.0.0.1', port: ports.port }))) &&
          (await httpStatus(`${monitorUrl}/healthz`)) === 200,
      };
    },
  });
}

function natsConfig({ ports, storeDirectory, config }) {
  return [
    'host: "127.0.0.1"',
    `port: ${ports.port}`,
    `http: "127.0.0.1:${ports.monitorPort}"`,
    `jetstream { store_dir: ${JSON.stringify(storeDirectory)} }`,
    config,
    '',
  ].join('\n');
}
