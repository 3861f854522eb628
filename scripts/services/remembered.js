/**
 * What `find` finds, looked for once; again where that failed.
 *
 * @template T
 * @param {() => Promise<T>} find
 * @returns {() => Promise<T>}
 */
export function remembered(find) {
  /** @type {Promise<T> | undefined} */
  let found;
  return () => {
    found ??= find().catch(error => {
      found = undefined;
      throw error;
    });
    return found;
  };
}
