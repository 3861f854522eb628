import { expect, test } from 'vitest';
import { ownFiles, textOf } from '../repository/tree.ts';
import { settingVariables } from './setting-variables.ts';

/** One with a wrong name would be passed over without a word. */
test('each variable that deploy/ names is one of a setting, or of a file that holds a secret', () => {
  const variables = settingVariables();
  const known = [
    'MILLRACE_NATS_URL', // as NATS is often named
    ...variables.map(({ name }) => name),
    ...variables.flatMap(({ name, isSecret }) => (isSecret ? [`${name}_FILE`] : [])),
  ];
  const files = ownFiles('deploy/**/*').filter(file => file.endsWith('Dockerfile') || file.includes('.'));
  const named = files.flatMap(file => textOf(file).match(/\bMILLRACE_[A-Z_]+\b/g) ?? []);
  expect(new Set(named).size).toBeGreaterThan(5);
  expect([...new Set(named)].filter(name => !known.includes(name))).toEqual([]);
});
