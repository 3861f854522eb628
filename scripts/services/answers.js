import { get } from 'node:http';
import { connect } from 'node:net';

const TIMEOUT_MS = 2_000;
const GREETING_BYTES = 64 * 1024; // an INFO is under 1 KB; more is another server

/**
 * The status of a GET; null where nothing answers.
 *
 * @param {string} url
 * @returns {Promise<number | null>}
 */
export function httpStatus(url) {
  return new Promise(resolve => {
    const request = get(url, { agent: false, timeout: TIMEOUT_MS }, response => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? null));
      response.on('error', () => resolve(null));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

/**
 * Whether a NATS server greets here. It does so before TLS and authentication.
 *
 * @param {{ host: string, port: number }} address
 * @returns {Promise<boolean>}
 */
export function greetsAsNats({ host, port }) {
  return new Promise(resolve => {
    const socket = connect({ host, port });
    let text = '';
    const end = isNats => {
      socket.destroy();
      resolve(isNats);
    };
    socket.setTimeout(TIMEOUT_MS, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('data', chunk => {
      text += chunk;
      if (text.includes('\r\n') || text.length > GREETING_BYTES) end(text.startsWith('INFO {'));
    });
  });
}
