import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from './free-port.js';
import { makeTemporaryFolder, removeTemporaryFolder } from './guarded.js';
import { ServerProcess } from './server-process.js';

const TRIES = 3; // another process may take a free port before the server does

/**
 * @typedef {object} RunningServer
 * @property {string} url
 * @property {number | null} pid null: not running
 * @property {string} directory
 * @property {string} logFile
 * @property {(signal?: NodeJS.Signals) => Promise<void>} stop ends it (SIGTERM by default); a temporary folder is removed
 * @property {() => Promise<void>} kill ends it as a crash does (SIGKILL), and keeps its folder
 * @property {() => Promise<void>} restart with the same ports and folder; ended before where it still runs
 */

/**
 * @template {Record<string, number | null | undefined>} Ports
 * @param {object} options
 * @param {string} options.name
 * @param {string | undefined} options.directory undefined: a temporary one
 * @param {boolean} options.isDetached
 * @param {Ports} options.ports undefined or 0: a free one; null: none
 * @param {(where: { folder: string, ports: any }) => any} options.describe writes the configuration; says what to run and
 *   how to see that it is ready
 * @returns {Promise<any>}
 */
export async function startInFolder({ name, directory, isDetached, ports, describe }) {
  const isTemporary = directory === undefined;
  const folder = isTemporary ? makeTemporaryFolder(name.toLowerCase()) : resolve(directory);
  const logFile = join(folder, 'server.log');
  mkdirSync(folder, { recursive: true });
  const remove = () => {
    if (isTemporary) removeTemporaryFolder(folder);
  };
  try {
    const { server, addresses } = await startOnFreePorts();
    return running({ server, addresses, folder, logFile, isTemporary, remove });
  } catch (error) {
    remove();
    throw error;
  }

  async function startOnFreePorts() {
    for (let attempt = 1; ; attempt++) {
      const { addresses, ...server } = describe({ folder, ports: await chosen(ports) });
      const started = new ServerProcess({ name, logFile, isDetached, ...server });
      try {
        await started.start();
        return { server: started, addresses };
      } catch (error) {
        if (attempt === TRIES || !hasFreePort(ports) || !PORT_IS_TAKEN.test(error.message)) throw error;
      }
    }
  }
}

const PORT_IS_TAKEN = /address already in use|could not bind|cannot bind/i;

function hasFreePort(ports) {
  return Object.values(ports).some(port => port === undefined || port === 0);
}

async function chosen(ports) {
  const numbers = {};
  for (const [name, port] of Object.entries(ports)) {
    numbers[name] = port === undefined || port === 0 ? await freePort() : port;
  }
  return numbers;
}

function running({ server, addresses, folder, logFile, isTemporary, remove }) {
  let isRemoved = false;
  return {
    ...addresses,
    directory: folder,
    logFile,
    get pid() {
      return server.pid;
    },
    async stop(signal = 'SIGTERM') {
      await server.stop(signal);
      remove();
      isRemoved = isTemporary;
    },
    kill: () => server.stop('SIGKILL'),
    async restart() {
      if (isRemoved) throw new Error(`${folder} was removed by stop(); kill() keeps it`);
      await server.stop();
      await server.start();
    },
  };
}
