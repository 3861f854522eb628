import { createServer } from 'node:net';

/**
 * Below the range from which systems take the ports of outgoing connections: otherwise one of those could take the port
 * of a server between its end and its restart.
 */
const LOWEST = 15_000;
const HIGHEST = 32_000;
const TRIES = 100;

/** Ports that this process has given out and not seen in use yet. */
const given = new Set();

/** @returns {Promise<number>} a port of 127.0.0.1 on which nobody listens */
export async function freePort() {
  for (let i = 0; i < TRIES; i++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port) || !(await isPortFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port among ${TRIES} between ${LOWEST} and ${HIGHEST}`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export function isPortFree(port) {
  return new Promise(resolve => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
