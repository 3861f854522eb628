import { greetsAsNats, httpStatus } from './answers.js';
import { startNats } from './nats.js';
import { startQuestDb } from './questdb.js';
import { ServiceError } from './service-error.js';

/**
 * A server that is only used: somebody else's, or one of our own. `stop` ends only our own.
 *
 * @typedef {{ url: string, isOwn: boolean, stop: () => Promise<void> }} Provided
 */

/**
 * The NATS of MILLRACE_NATS_URL, or else one that is started here.
 *
 * @returns {Promise<Provided>}
 */
export function provideNats() {
  return provide('nats', () => startNats());
}

/**
 * The QuestDB of MILLRACE_QUESTDB_URL, or else one that is started here.
 *
 * @param {import('./questdb.js').QuestDbOptions} [options] of the one that is started
 * @returns {Promise<Provided>}
 */
export function provideQuestDb(options) {
  return provide('questdb', () => startQuestDb(options));
}

/**
 * Throws a `ServiceError` unless such a server answers at the address that somebody has set.
 *
 * @param {string} name nats or questdb
 * @param {string} url
 */
export async function requireAnswer(name, url) {
  const { title, variable, answers } = SERVERS[name];
  if (URL.canParse(url) && (await answers(new URL(url)))) return;
  throw new ServiceError('not-ready', `no ${title} answers at ${withoutSecrets(url)}`, {
    details: [],
    advice: [`${variable} names it: start it there, or unset the variable`],
  });
}

const SERVERS = {
  nats: {
    title: 'NATS',
    variable: 'MILLRACE_NATS_URL',
    answers: ({ hostname, port }) =>
      greetsAsNats({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 4222) }),
  },
  questdb: {
    title: 'QuestDB',
    variable: 'MILLRACE_QUESTDB_URL',
    // With users of its own it may refuse, and that is an answer.
    answers: async url => ((await httpStatus(new URL('/ping', url).href)) ?? 500) < 500,
  },
};

async function provide(name, start) {
  const url = process.env[SERVERS[name].variable];
  if (url) {
    await requireAnswer(name, url);
    return { url, isOwn: false, stop: async () => {} };
  }
  const server = await start();
  return { url: server.url, isOwn: true, stop: () => server.stop() };
}

/**
 * An address as it may be shown.
 *
 * @param {string} url
 */
export function withoutSecrets(url) {
  return url.replace(/\/\/[^/@]*@/, '//…@');
}
