import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { stateLines } from '../../engine/plan-change/state-lines.ts';
import { matchState } from '../../engine/state-identity.ts';

const RULES = `
stream motor from file "motor.csv" csv {
  key device: symbol  site: symbol  temp: float degC  speed: float rpm  ok: bool  time ts as ms  lateness 5s
}
stream motor_1m = from motor where ok window tumbling 1m select avg(temp) as mean
rule hot on motor_1m { high when mean > 90 degC for 1m }
rule unusual on motor { high when temp > avg(temp, 1h) + 5 K }
rule old on motor { low when changed(ok) }
stream wear = match a: motor[temp > 90 degC] ~> b: motor[ok]+ -> not motor[speed > 9 rpm] for 1m within 10m unless motor[speed < 1 rpm]
  select a.temp as temp
`;

test.each([
  {
    what: 'another key',
    change: ['key device: symbol  site: symbol', 'device: symbol  key site: symbol'],
    says: [
      'empty stream motor: its key is site: symbol; it was device: symbol',
      'empty window motor_1m: stream motor starts empty',
    ],
  },
  {
    what: 'event time is read otherwise',
    change: ['ts as ms', 'ts as s'],
    says: ['empty stream motor: its event time is read in another way'],
  },
  {
    what: 'a field is declared otherwise',
    change: ['temp: float degC', 'temp: float degC = $.temp in 0..200'],
    says: [
      'empty window motor_1m: it is of `temp: float degC = $.temp in 0..200`; it was of `temp: float degC = $.temp`; motor is not stored, so it is warm after 1m',
    ],
  },
  {
    what: 'panes of another size',
    change: ['window tumbling 1m', 'window tumbling 30s'],
    says: ['empty window motor_1m: it was panes of 1m; motor is not stored, so it is warm after 30s'],
  },
  {
    what: 'a pattern with another time',
    change: ['within 10m', 'within 5m'],
    says: [
      'empty pattern wear: it was `a ~> b+ -> not motor for 1m within 10m unless motor`; motor is not stored, so it is warm after 6m',
    ],
  },
  {
    what: 'a condition of a pattern',
    change: ['match a: motor[temp > 90 degC]', 'match a: motor[temp > 95 degC]'],
    says: [
      'empty pattern wear: a is where `temp > 95`; it was where `temp > 90`; motor is not stored, so it is warm after 11m',
    ],
  },
  {
    what: 'a pattern of which more is shown',
    change: ['select a.temp as temp', 'select a.temp as temp, count(b) as n'],
    says: ['empty pattern wear: count(b) is new; motor is not stored, so it is warm after 11m'],
  },
  {
    what: 'a condition is gone',
    change: ['motor where ok window', 'motor window'],
    says: [
      'empty window motor_1m: its rows are no longer those where `ok`; motor is not stored, so it is warm after 1m',
    ],
  },
  {
    what: 'a grouping is new',
    change: ['where ok window', 'where ok by device window'],
    says: ['empty window motor_1m: its rows are by device now; motor is not stored, so it is warm after 1m'],
  },
  {
    what: 'one level more',
    change: ['high when mean', 'low when mean > 80 degC  high when mean'],
    says: ['empty rule hot: its levels are low, high; they were high'],
  },
  {
    what: 'a source has another name',
    change: [/\bmotor(?=[ _[])/g, 'engine'],
    says: ['kept stream engine: it was motor', 'kept window engine_1m: it was motor_1m'],
  },
  {
    what: 'events are unique from now on',
    change: ['lateness 5s', 'lateness 5s  unique by temp, ts within 1m'],
    says: ['kept stream motor: nothing is remembered yet for `unique by device, temp, time within 1m`'],
  },
  { what: 'a rule has another name', change: ['rule old', 'rule odd'], says: ['empty rule odd: it is new'] },
] as const)('$what', ({ change: [text, by], says }) => {
  expect(linesAfter(RULES.replace(text, by))).toEqual(expect.arrayContaining([...says]));
});

const STORED = `store motor keep 3d ${RULES}`;

test.each([
  {
    what: 'a range that is new',
    change: ['temp > avg(temp, 1h)', 'temp > avg(temp, 2h)'],
    says: ['filled range avg(temp, 2h) of motor: it is new; filled from the last 2h of motor'],
  },
  {
    what: 'a rule that is new',
    change: ['rule old', 'rule low on motor { low when temp < avg(temp, 1d) }\nrule old'],
    says: ['filled rule low: it is new; filled from the last 1d1h of motor'],
  },
  {
    what: 'that looks back further than the stream is kept',
    change: ['rule old', 'rule low on motor { low when temp < avg(temp, 7d) }\nrule old'],
    says: [
      'filled range avg(temp, 7d) of motor: it is new; filled from the last 3d of motor, which is kept no longer: warm after 4d more',
    ],
  },
  {
    what: 'a field that is stored as it was declared before',
    change: ['temp: float degC', 'temp: float degC = $.temp * 2'],
    says: [
      'empty range avg(temp, 1h) of motor: it is of `temp: float degC = $.temp * 2`; it was of `temp: float degC = $.temp`; motor is stored with another temp, so it is warm after 1h',
    ],
  },
  {
    what: 'silence, which is counted from when the rule came',
    change: ['rule old', 'rule quiet on silence of motor for 2h { low }\nrule old'],
    says: ['empty rule quiet: it is new'],
  },
] as const)('of what is stored: $what', ({ change: [text, by], says }) => {
  expect(linesAfter(STORED.replace(text, by), STORED)).toEqual(expect.arrayContaining([...says]));
});

const UNIQUE = RULES.replace('lateness 5s', 'unique by temp, ts within 10m');

test.each([
  { what: 'stays', change: ['temp, ts', 'ts, temp'], says: 'kept stream motor' },
  { what: 'is shorter', change: ['10m', '1m'], says: 'kept stream motor' },
  { what: 'is longer', change: ['10m', '1h'], says: 'kept stream motor: `unique` remembers the last 10m only' },
  { what: 'is of the same field by another name', change: [/temp/g, 't'], says: 'kept stream motor' },
  {
    what: 'is of more fields',
    change: ['temp, ts', 'temp, ts, speed'],
    says:
      'kept stream motor: nothing is remembered yet for `unique by device, temp, speed, time within 10m`; ' +
      'it was `unique by device, temp, time within 10m`',
  },
  {
    what: 'is of a field that is read otherwise',
    change: ['degC', 'degC = $.temp in 0..200'],
    says: 'kept stream motor: nothing is remembered yet for `unique by device, temp, time within 10m`',
  },
  {
    what: 'is gone',
    change: ['unique by temp, ts within 10m', ''],
    says: 'kept stream motor: what it remembers for `unique by device, temp, time within 10m` is let go of',
  },
] as const)('what is unique $what', ({ change: [text, by], says }) => {
  const isOtherName = typeof text !== 'string';
  const changed = UNIQUE.replace(text, by);
  expect(
    linesAfter(isOtherName ? changed.replace('t: float degC', 't: float degC = $.temp') : changed, UNIQUE)[0],
  ).toBe(says);
});

function linesAfter(changed: string, stored = RULES): string[] {
  const plans = { stored: planOf(stored), next: planOf(changed) };
  const lines = stateLines(matchState(plans.stored, plans.next), plans);
  return lines.map(
    ({ state, kind, name, reason }) => `${state} ${kind} ${name}${reason === null ? '' : `: ${reason}`}`,
  );
}

function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  expect(diagnostics.filter(diagnostic => diagnostic.severity === 'error')).toEqual([]);
  return plan!;
}
