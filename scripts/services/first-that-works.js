import { ServiceError } from './service-error.js';

/**
 * Goes through the ways to get a server, in order. Each returns what it found, or throws an error that says in one line
 * why not.
 *
 * @template T
 * @param {{ what: string, ways: readonly { name: string, find: () => Promise<T> }[], advice: readonly string[] }} options
 * @returns {Promise<T>}
 */
export async function firstThatWorks({ what, ways, advice }) {
  const tried = [];
  for (const { name, find } of ways) {
    try {
      return await find();
    } catch (error) {
      tried.push(`tried: ${name}: ${error.message}`);
    }
  }
  throw new ServiceError('missing', `${what} was not found and could not be installed`, {
    details: tried,
    advice,
  });
}
