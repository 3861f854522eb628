import { expect, test } from 'vitest';
import { format } from '../../dsl/format.ts';
import { parse } from '../../dsl/parse.ts';
import { ownFiles, textOf } from './tree.ts';

// Those of test/errors are wrong on purpose.
const rules = ownFiles('{apps,examples,test}/**/*.mill').filter(file => !file.startsWith('test/errors/'));

test('there are rule files', () => expect(rules.length).toBeGreaterThan(50));

test.each(rules)('%s is in the one format', path => {
  const text = textOf(path);
  const { file } = parse(text, path);
  expect(file && format(file, text)).toBe(text);
});
