import { createRequire } from 'node:module';

/**
 * What YAML and the schema are read with. Loading them is a fifth of the start of a command, and most commands have no
 * settings to read, so they are loaded when they are needed; `require`, because settings are read without waiting.
 */
const require = createRequire(import.meta.url);

export function yaml(): typeof import('yaml') {
  return require('yaml') as typeof import('yaml'); // as: the package of that name
}

export function ajv(): typeof import('ajv') {
  return require('ajv') as typeof import('ajv'); // as above
}
