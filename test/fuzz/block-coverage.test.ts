import { expect, test } from 'vitest';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** In a process of its own, as V8 tells of a block once. */
const SCRIPT = `
import { BlockCoverage } from ${JSON.stringify(join(import.meta.dirname, 'block-coverage.ts'))};
import { closestName } from ${JSON.stringify(join(import.meta.dirname, '../../connectors/codecs/closest-name.ts'))};
const coverage = new BlockCoverage(['/connectors/codecs/']);
const isFresh = names => {
  closestName('temp', names);
  const fresh = coverage.take();
  coverage.add(fresh);
  return fresh.length > 0;
};
process.stdout.write(JSON.stringify([[], [], ['temp'], ['temp'], ['tmep'], ['tmep'], ['temp']].map(isFresh)));
coverage.close();
`;

test('code is new when it runs for the first time', () => {
  const command = ['--input-type=module', '--eval', SCRIPT];
  expect(JSON.parse(spawnSync(process.execPath, command, { encoding: 'utf8' }).stdout)).toEqual([
    true, // the function
    false,
    true, // its loop
    false,
    true, // its branch for swapped letters
    false,
    false,
  ]);
});
