import { expect, test } from 'vitest';
import { requireMovable } from '../../apps/server/cluster/movable.ts';
import { planIdentity } from '../../apps/server/cluster/plan-identity.ts';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';

const STREAM =
  'stream s from nats "s.*" json { key id: symbol  x: float  time ts as ms }  rule r on s { high when x > 1 }';

test.each([
  ['', STREAM],
  ['', `${STREAM}  route alerts to nats "alerts"  route alerts to log`],
  ['s is read from file', STREAM.replace('nats "s.*"', 'file "s.ndjson"')],
  ['alerts is routed to file', `${STREAM}  route alerts to file "alerts.ndjson"`],
])('what is of one machine is refused: %s', (what, text) => {
  const check = () => requireMovable(planOf(text), null);
  if (what === '') check();
  else expect(check).toThrow(`a cluster cannot run this: ${what}, which is of one machine`);
});

test('series go to a server', () => {
  requireMovable(planOf(STREAM), { name: 'questdb' });
  expect(() => requireMovable(planOf(STREAM), { name: 'duckdb' })).toThrow('series are stored in duckdb');
});

test('rules are the same wherever their files are', () => {
  expect(planIdentity(planOf(STREAM, '/a'))).toBe(planIdentity(planOf(STREAM, '/b')));
  expect(planIdentity(planOf(STREAM))).not.toBe(planIdentity(planOf(STREAM.replace('x > 1', 'x > 2'))));
});

function planOf(text: string, folder = '/rules'): Plan {
  const { plan, diagnostics } = compile({ file: `${folder}/rules.mill`, text });
  expect(diagnostics).toEqual([]);
  return plan!;
}
