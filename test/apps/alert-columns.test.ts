import { expect, it } from 'vitest';
import { alertColumns } from '../../apps/cli/alert-columns.ts';
import { compile } from '../../dsl/compile.ts';

it.each([
  ['', 'cleared', 'cleared'],
  ['latch', 'returned', 'acknowledged'],
  ['suppress when alert("plain", id)', 'unsuppressed', 'unsuppressed'],
  ['escalate to critical after 1m', 'escalated', 'escalated'],
  ['escalate to critical after 1m unless acked', 'escalated', 'acknowledged'],
])('the columns of alerts are as wide as what rules say: %s', (member, alone, withOperators) => {
  const text = `stream m from file "m.csv" { key id: symbol  x: float  time ts as ms }
rule plain on m { high when x > 5 }
rule long_name on m { high when x > 5  ${member} }`;
  const { plan } = compile({ file: 'rules.mill', text });
  const widthOf = (isActedOn: boolean) => alertColumns(plan!, { isActedOn });
  expect(widthOf(false)).toEqual({ ruleWidth: 'long_name'.length, changeWidth: alone.length });
  expect(widthOf(true)).toEqual({ ruleWidth: 'long_name'.length, changeWidth: withOperators.length });
});
