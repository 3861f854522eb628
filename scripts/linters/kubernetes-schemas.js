import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { remembered } from '../services/remembered.js';
import { unpackedWheel } from './wheel.js';

/**
 * Folders of JSON schemas of what Kubernetes takes, in which no unknown field is allowed: the oldest and the newest version
 * that the chart is checked with.
 *
 * @type {() => Promise<string[]>}
 */
export const findKubernetesSchemas = remembered(async () => {
  const folder = 'kubernetes_validate/kubernetes-json-schema';
  const members = ['v1.30.0', 'v1.37.0'].map(version => `${folder}/${version}-local-strict/`);
  const wheel = await unpackedWheel({ name: 'kubernetes-validate', version: '1.37.0', members });
  return readdirSync(join(wheel, folder))
    .sort()
    .map(version => join(wheel, folder, version));
});
