import { expect, it } from 'vitest';
import { ruleTextOf } from '../../dsl/parse/rule-text.ts';

it.each([
  ['rule é', Buffer.from('rule é'), 'rule é'],
  ['a byte order mark, which is no part of it', Buffer.from('\ufeffrule a'), 'rule a'],
  ['nothing', Buffer.alloc(0), ''],
  ['another encoding', Buffer.from('rule é', 'latin1'), null],
  ['UTF-16', Buffer.from('rule a', 'utf16le'), null],
])('the text of %s', (_, bytes, text) => {
  expect(ruleTextOf(bytes)).toBe(text);
});
