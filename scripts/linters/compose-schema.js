import { join } from 'node:path';
import { remembered } from '../services/remembered.js';
import { unpackedWheel } from './wheel.js';

const FILE = 'compose/config/compose_spec.json';

/**
 * The path of the JSON schema of compose files, as the last Compose in Python had it.
 *
 * @type {() => Promise<string>}
 */
export const findComposeSchema = remembered(async () =>
  join(await unpackedWheel({ name: 'docker-compose', version: '1.29.2', members: [FILE] }), FILE),
);
