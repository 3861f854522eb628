import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RuleLevel, RuleNode, Severity } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { alertId } from '../../engine/operators/rule/alert-id.ts';
import { createAlertCondition } from '../../engine/operators/rule/alert-condition.ts';
import { AlertState } from '../../engine/operators/rule/alert-state.ts';
import { DenseKeySlots } from '../../engine/operators/rule/key-slots.ts';
import { showDuration, showNumber, showTime } from '../../engine/operators/rule/show.ts';
import { RuleBench } from './rule-harness.ts';
import { runs } from '../oracle/runs.ts';

const S = 1_000_000;
const TYPES = { low: 'bool', hot: 'bool', cool: 'bool', on: 'bool', q: 'quality', temp: 'float' } as const;

/** Conditions by their letters, at a second: `[5, 'H']`: only `hot` is true; `h?`: hot is null; `!`: q is bad. */
type Moment = readonly [second: number, conditions: string];

type Timeline = {
  readonly name: string;
  readonly rule: Partial<RuleNode>;
  readonly events: readonly Moment[];
  readonly untilS: number;
  readonly changes: readonly string[];
};

const THREE = [level('low', 'cool', 0), level('medium', 'low', 2), level('high', 'hot', 5)];
const HIGH_30 = [level('high', 'hot', 30)];
const TWO = [level('medium', 'low', 0), level('critical', 'hot', 5)];
const WHILE = { condition: 'on', settleUs: 10 * S };
const UNKNOWN = { column: 'q', otherwise: 'unknown' } as const;
const CLEAR_COOL = { when: 'cool', forUs: 10 * S };

const PARAGRAPHS: Readonly<Record<string, readonly Timeline[]>> = {
  '8 one instant': [
    {
      name: 'a second raise at one instant waits for the next microsecond',
      rule: { levels: [level('high', 'hot', 0)] },
      events: [
        [5, 'H'],
        [5, ''],
        [5, 'H'],
        [9, ''],
      ],
      untilS: 10,
      changes: ['5 raised high', '5 cleared high', '5.000001 raised high', '9 cleared high'],
    },
    {
      name: 'what is due clears before an event of that instant raises',
      rule: { levels: [level('high', 'hot', 0)], clearAfterUs: 5 * S },
      events: [
        [0, 'H'],
        [5, ''],
        [10, 'H'],
      ],
      untilS: 10,
      changes: ['0 raised high', '10 cleared high', '10 raised high'],
    },
    {
      name: 'what is due happens before an event of that instant can end it',
      rule: { levels: HIGH_30 },
      events: [
        [0, 'H'],
        [30, ''],
      ],
      untilS: 30,
      changes: ['30 raised high', '30 cleared high'],
    },
  ],
  '18 conditions hold until the next event': [
    {
      name: 'a timer needs no event',
      rule: { levels: HIGH_30 },
      events: [[0, 'H']],
      untilS: 100,
      changes: ['30 raised high'],
    },
    { name: 'nothing before it is due', rule: { levels: HIGH_30 }, events: [[0, 'H']], untilS: 29, changes: [] },
  ],
  '19 for and gap': [
    {
      name: 'a false event starts it anew',
      rule: { levels: HIGH_30 },
      events: [
        [0, 'H'],
        [29, ''],
        [31, 'H'],
      ],
      untilS: 70,
      changes: ['61 raised high'],
    },
    {
      name: 'no for: at the event',
      rule: { levels: [level('low', 'hot', 0)] },
      events: [[3, 'H']],
      untilS: 3,
      changes: ['3 raised low'],
    },
    {
      name: 'a gap ends pending',
      rule: { levels: [level('high', 'hot', 30, 5)] },
      events: [
        [0, 'H'],
        [4, 'H'],
      ],
      untilS: 99,
      changes: [],
    },
    {
      name: 'an event at the end of the gap is too late, and starts pending anew',
      rule: { levels: [level('high', 'hot', 8, 5)] },
      events: [
        [0, 'H'],
        [5, 'H'],
        [9, 'H'],
      ],
      untilS: 99,
      changes: ['13 raised high'],
    },
    {
      name: 'what comes due where the gap ends is raised',
      rule: { levels: [level('high', 'hot', 8, 5)] },
      events: [
        [0, 'H'],
        [3, 'H'],
      ],
      untilS: 99,
      changes: ['8 raised high'],
    },
    {
      name: 'a bad reading is an event',
      rule: { levels: [level('high', 'hot', 8, 5)], quality: hold('q') },
      events: [
        [0, 'H'],
        [4, '!'],
      ],
      untilS: 99,
      changes: ['8 raised high'],
    },
  ],
  '20 levels': [
    {
      name: 'the highest that is due is raised',
      rule: { levels: [level('low', 'low', 0), level('high', 'hot', 0)] },
      events: [[1, 'LH']],
      untilS: 9,
      changes: ['1 raised high'],
    },
    {
      name: 'it rises at once, by a timer',
      rule: { levels: TWO },
      events: [[1, 'LH']],
      untilS: 9,
      changes: ['1 raised medium', '6 level critical'],
    },
    {
      name: 'it falls after the higher has not held for its own for',
      rule: { levels: TWO },
      events: [
        [0, 'LH'],
        [10, 'L'],
        [14, 'LH'],
        [16, 'L'],
      ],
      untilS: 40,
      changes: ['0 raised medium', '5 level critical', '21 level medium'],
    },
    {
      name: 'it falls when a lower one holds at last',
      rule: { levels: TWO, clearAfterUs: 60 * S },
      events: [
        [0, 'H'],
        [10, ''],
        [30, 'L'],
      ],
      untilS: 40,
      changes: ['5 raised critical', '30 level medium'],
    },
    {
      name: 'otherwise it keeps its level',
      rule: { levels: TWO, clearAfterUs: 60 * S },
      events: [
        [0, 'H'],
        [10, ''],
      ],
      untilS: 80,
      changes: ['5 raised critical', '70 cleared critical'],
    },
    {
      name: 'a fall that is due with a rise gives way',
      rule: { levels: [level('low', 'cool', 0), level('medium', 'low', 5), level('high', 'hot', 5)] },
      events: [
        [0, 'CL'],
        [6, 'CH'],
      ],
      untilS: 30,
      changes: ['0 raised low', '5 level medium', '11 level high'],
    },
    {
      name: 'both conditions of one severity have to end',
      rule: { levels: [level('low', 'cool', 0), level('high', 'low', 3), level('high', 'hot', 6)] },
      events: [
        [0, 'LHC'],
        [10, 'LC'],
        [11, 'C'],
      ],
      untilS: 40,
      changes: ['0 raised low', '3 level high', '16 level low'],
    },
  ],
  '21 clear': [
    {
      name: 'with both, the first of them clears',
      rule: { levels: [level('high', 'hot', 0)], clear: CLEAR_COOL, clearAfterUs: 7 * S },
      events: [
        [0, 'H'],
        [5, 'C'],
        [20, 'H'],
        [30, ''],
      ],
      untilS: 99,
      changes: ['0 raised high', '12 cleared high', '20 raised high', '37 cleared high'],
    },
    {
      name: 'without clear: when no level holds',
      rule: { levels: TWO },
      events: [
        [0, 'L'],
        [4, ''],
      ],
      untilS: 9,
      changes: ['0 raised medium', '4 cleared medium'],
    },
    {
      name: 'a clear condition counts only while no level holds',
      rule: { levels: [level('high', 'hot', 0)], clear: CLEAR_COOL },
      events: [
        [0, 'HC'],
        [20, 'C'],
        [25, 'HC'],
        [26, 'C'],
      ],
      untilS: 99,
      changes: ['0 raised high', '36 cleared high'],
    },
    {
      name: 'between the thresholds it neither clears nor counts',
      rule: { levels: [level('high', 'hot', 0)], clear: CLEAR_COOL },
      events: [
        [0, 'H'],
        [20, 'C'],
        [25, ''],
        [40, 'C'],
      ],
      untilS: 99,
      changes: ['0 raised high', '50 cleared high'],
    },
    {
      name: 'clear after counts from the end of the last truth',
      rule: { levels: [level('high', 'hot', 0)], clearAfterUs: 60 * S },
      events: [
        [0, 'H'],
        [50, ''],
        [55, 'H'],
        [57, ''],
      ],
      untilS: 200,
      changes: ['0 raised high', '117 cleared high'],
    },
  ],
  '22 cooldown, while': [
    {
      name: 'what is due at the end of the cooldown is raised then',
      rule: { levels: [level('high', 'hot', 5)], cooldownUs: 60 * S },
      events: [
        [0, 'H'],
        [10, ''],
        [20, 'H'],
        [40, ''],
        [50, 'H'],
      ],
      untilS: 99,
      changes: ['5 raised high', '10 cleared high', '70 raised high'],
    },
    {
      name: 'pending starts where while has settled',
      rule: { levels: [level('high', 'hot', 5)], while: WHILE },
      events: [
        [0, 'H'],
        [3, 'HO'],
      ],
      untilS: 99,
      changes: ['18 raised high'],
    },
    {
      name: 'while has to hold throughout',
      rule: { levels: [level('high', 'hot', 5)], while: WHILE },
      events: [
        [0, 'HO'],
        [8, 'H'],
        [9, 'HO'],
        [30, 'O'],
      ],
      untilS: 99,
      changes: ['24 raised high', '30 cleared high'],
    },
    {
      name: 'without while a firing alert neither clears nor changes; then it does',
      rule: { levels: [level('high', 'hot', 0)], while: WHILE },
      events: [
        [0, 'O'],
        [10, 'HO'],
        [20, ''],
        [40, 'O'],
      ],
      untilS: 99,
      changes: ['10 raised high', '50 cleared high'],
    },
    {
      name: 'a quiet key remembers since when while holds',
      rule: { levels: [level('high', 'hot', 0)], while: WHILE },
      events: [
        [0, 'O'],
        [5, 'O'],
        [12, 'HO'],
      ],
      untilS: 99,
      changes: ['12 raised high'],
    },
  ],
  '23 quality': [
    {
      name: 'hold: timers run on',
      rule: { levels: HIGH_30, quality: hold('q') },
      events: [
        [0, 'H'],
        [10, '!'],
      ],
      untilS: 40,
      changes: ['30 raised high'],
    },
    {
      name: 'hold: null is the last truth',
      rule: { levels: HIGH_30 },
      events: [
        [0, 'H'],
        [10, 'h?'],
        [35, 'h?'],
      ],
      untilS: 40,
      changes: ['30 raised high'],
    },
    {
      name: 'hold: never known is false',
      rule: { levels: TWO },
      events: [
        [0, 'Lh?'],
        [9, 'h?'],
      ],
      untilS: 40,
      changes: ['0 raised medium', '9 cleared medium'],
    },
    {
      name: 'hold: a good truth of clear stands',
      rule: { levels: [level('high', 'hot', 0)], clear: { when: 'cool', forUs: 0 } },
      events: [
        [0, 'C'],
        [1, 'Hc?'],
        [2, 'c?'],
      ],
      untilS: 9,
      changes: ['1 raised high', '2 cleared high'],
    },
    {
      name: 'unknown: pending ends',
      rule: { levels: HIGH_30, quality: UNKNOWN },
      events: [
        [0, 'H'],
        [10, 'H!'],
        [11, 'H'],
      ],
      untilS: 60,
      changes: ['41 raised high'],
    },
    {
      name: 'unknown: firing does not clear',
      rule: { levels: [level('high', 'hot', 0)], quality: UNKNOWN },
      events: [
        [0, 'H'],
        [10, '!'],
        [20, ''],
      ],
      untilS: 60,
      changes: ['0 raised high', '20 cleared high'],
    },
    {
      name: 'unknown: clear after runs on, but waits',
      rule: { levels: [level('high', 'hot', 0)], quality: UNKNOWN, clearAfterUs: 20 * S },
      events: [
        [0, 'H'],
        [10, ''],
        [12, '!'],
        [35, ''],
      ],
      untilS: 60,
      changes: ['0 raised high', '35 cleared high'],
    },
    {
      name: 'unknown: a fall waits where a level between is unknown',
      rule: { levels: THREE, quality: UNKNOWN },
      events: [
        [0, 'CLH'],
        [10, 'Cl?'],
        [20, 'C'],
      ],
      untilS: 60,
      changes: ['0 raised low', '2 level medium', '5 level high', '20 level low'],
    },
    {
      name: 'unknown: clear for starts when all levels are known',
      rule: { levels: [level('high', 'hot', 0)], quality: UNKNOWN, clear: CLEAR_COOL },
      events: [
        [0, 'H'],
        [10, 'Ch?'],
        [15, 'C'],
      ],
      untilS: 60,
      changes: ['0 raised high', '25 cleared high'],
    },
    {
      name: 'unknown: one unknown level holds up the clearing, not a rise',
      rule: { levels: TWO, quality: UNKNOWN },
      events: [
        [0, 'L'],
        [1, 'l?H'],
        [10, 'l?'],
        [20, ''],
      ],
      untilS: 60,
      changes: ['0 raised medium', '6 level critical', '20 cleared critical'],
    },
  ],
};

for (const [paragraph, timelines] of Object.entries(PARAGRAPHS)) {
  describe(`MEANING ${paragraph}`, () => {
    test.each(timelines)('$name', ({ rule, events, untilS, changes }) => {
      expect(play(rule, events, untilS).map(inWords)).toEqual(changes);
    });
  });
}

describe('overheating, as in LANGUAGE.md', () => {
  const rule: Partial<RuleNode> = {
    name: 'overheating',
    levels: [level('high', 'low', 30), level('critical', 'hot', 5)],
    clear: { when: 'cool', forUs: 60 * S },
    while: { condition: 'on', settleUs: 120 * S },
    cooldownUs: 600 * S,
    message: ['Motor ', { value: 'device' }, ' is at ', { value: 'temp' }],
    values: [{ name: 'temp', type: 'float', unit: 'degC', column: 'temp' }],
  };
  const temperatures = [...repeat(70, 130), ...repeat(90, 40), ...repeat(82, 60), ...repeat(75, 70)];
  const entries = temperatures.map((temp, second) => ({
    key: 0,
    watermarkUs: second * S,
    row: { low: temp > 85, hot: temp > 95, cool: temp < 80, on: true, q: 'good', temp },
  }));

  test('hysteresis holds between 80 and 85', () => {
    const bench = new RuleBench(node(rule), TYPES, { keyCount: 1 });
    bench.process(entries.slice(0, 180));
    bench.restart();
    bench.process(entries.slice(180));
    expect(bench.changes).toEqual([
      {
        rule: 'overheating',
        key: { device: 'm0' },
        level: 'high',
        change: 'raised',
        timeUs: 160 * S,
        id: alertId({ rule: 'overheating', key: { device: 'm0' }, raisedUs: 160 * S }),
        message: 'Motor m0 is at 90 degC',
        values: { temp: 90 },
        provenance: {
          levelIndex: 0,
          sinceUs: 130 * S,
          events: [
            { stream: 'motor', timeUs: 130 * S, identity: null },
            { stream: 'motor', timeUs: 159 * S, identity: null },
          ],
          over: [],
          ruleVersion: 'v',
        },
      },
      {
        rule: 'overheating',
        key: { device: 'm0' },
        level: 'high',
        change: 'cleared',
        timeUs: 290 * S,
        id: alertId({ rule: 'overheating', key: { device: 'm0' }, raisedUs: 160 * S }),
        message: 'Motor m0 is at 75 degC',
        values: { temp: 75 },
      },
    ]);
  });
});

describe('what an alert says', () => {
  const values = [
    { name: 'temp', type: 'float', unit: 'degC', column: 'temp' },
    { name: 'hot', type: 'bool', column: 'hot' },
  ] as const;

  test('a timer reports the last row', () => {
    const changes = play(
      { levels: HIGH_30, values },
      [
        [0, 'H'],
        [20, 'H'],
      ],
      40,
    );
    expect(changes.map(change => change.values)).toEqual([{ temp: 20.5, hot: true }]);
  });

  test('without a message it names key, severity and values', () => {
    const [raised] = play({ levels: [level('high', 'hot', 0)], values }, [[7, 'H']], 7);
    expect(raised!.message).toBe('hot_motor m0: high, temp 7.5 degC, hot true');
  });

  test('holes: severity, rule, time, null, and a name that nothing has', () => {
    const message = [
      { value: 'rule' },
      ' ',
      { value: 'severity' },
      ' ',
      { value: 'time' },
      ' ',
      { value: 'cool' },
      { value: 'x' },
    ];
    const cool = [{ name: 'cool', type: 'bool', column: 'cool' }] as const;
    const [raised] = play({ levels: [level('high', 'hot', 0)], message, values: cool }, [[7, 'Hc?']], 7);
    expect(raised!.message).toBe('hot_motor high 1970-01-01T00:00:07.000Z ––');
  });

  test('one id per occurrence, whatever its level', () => {
    const ids = play(
      { levels: TWO },
      [
        [0, 'LH'],
        [9, ''],
        [12, 'L'],
      ],
      20,
    ).map(change => change.id);
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids.slice(0, 3)).size).toBe(1);
    expect(ids[3]).not.toBe(ids[0]);
  });

  test('the id does not depend on the order of the key’s fields', () => {
    const id = alertId({ rule: 'r', key: { a: 1, b: 'x' }, raisedUs: 5 });
    expect(alertId({ rule: 'r', key: { b: 'x', a: 1 }, raisedUs: 5 })).toBe(id);
    expect(alertId({ rule: 'r', key: { a: '1', b: 'x' }, raisedUs: 5 })).not.toBe(id);
  });

  test.each([
    [85.3, '85.3'],
    [0.1 + 0.2, '0.3'],
    [85.33333333, '85.3333'],
    [1234567.8, '1234568'],
    [123456789, '123456789'],
    [1.234567e-7, '1.23457e-7'],
    [-0, '0'],
    [-40.125, '-40.125'],
  ])('%d is shown as %s', (value, text) => expect(showNumber(value)).toBe(text));

  test('a number is shown as the one next to its first six digits', () => {
    const digits = fc.integer({ min: 100_000, max: 999_999 });
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -2e6, max: 2e6 }),
      fc.tuple(digits, fc.integer({ min: 0, max: 7 })).map(([n, places]) => (n + 0.5) / 10 ** places), // in the middle
      fc.tuple(digits, fc.integer({ min: 0, max: 7 })).map(([n, places]) => n / 10 ** places),
    );
    const isWhole = (value: number) => Number.isInteger(value) || Math.abs(value) >= 1e6;
    const shown = (value: number) => String(isWhole(value) ? Math.round(value) : Number(value.toPrecision(6)));
    fc.assert(
      fc.property(number, value => {
        expect(showNumber(value)).toBe(shown(value));
      }),
      runs(5_000),
    );
  });

  test.each([
    [90 * S, '1m30s'],
    [0, '0s'],
    [1500, '1ms500us'],
    [-86_400 * S, '-1d'],
  ])('%d µs is %s', (us, text) => expect(showDuration(us)).toBe(text));

  test('times show microseconds only where there are some', () => {
    expect(showTime(1_500_000)).toBe('1970-01-01T00:00:01.500Z');
    expect(showTime(1_500_007)).toBe('1970-01-01T00:00:01.500007Z');
    expect(showTime(-1)).toBe('1969-12-31T23:59:59.999999Z');
  });
});

test('a route’s condition reads severity in order, rule, key and labels', () => {
  const [raised] = play({ levels: [level('medium', 'hot', 0)] }, [[7, 'H']], 7);
  const passes = (name: string, operator: '==' | '>=', value: string, type: 'severity' | 'symbol') => {
    const column = { kind: 'column', type, column: name } as const;
    const literal = { kind: 'literal', type, value } as const;
    const condition = { kind: 'compare', type: 'bool', operator, left: column, right: literal } as const;
    return createAlertCondition(condition, () => ({ team: 'mech' }))(raised!);
  };
  expect(passes('severity', '>=', 'low', 'severity')).toBe(true);
  expect(passes('severity', '>=', 'high', 'severity')).toBe(false);
  expect(passes('rule', '==', 'hot_motor', 'symbol')).toBe(true);
  expect(passes('device', '==', 'm0', 'symbol')).toBe(true);
  expect(passes('team', '==', 'mech', 'symbol')).toBe(true);
  expect(passes('nothing', '==', 'mech', 'symbol')).toBe(false);
  expect(createAlertCondition(null, () => ({}))(raised!)).toBe(true);
});

test('a quiet key has nothing due; a pending one its next instant', () => {
  const bench = new RuleBench(node({ levels: HIGH_30 }), TYPES, { keyCount: 2 });
  expect(bench.operator.nextDueUs!(0)).toBe(Infinity);
  bench.process([entryAt([0, '']), entryAt([5, 'H'])]);
  expect(bench.operator.nextDueUs!(0)).toBe(35 * S);
  expect(bench.operator.nextDueUs!(1)).toBe(Infinity);
});

test('rows that the view does not have only move time', () => {
  const bench = new RuleBench(node({ levels: [level('high', 'hot', 8, 5)] }), TYPES, { keyCount: 1 });
  bench.process([entryAt([0, 'H']), { ...entryAt([4, 'H']), isMasked: true }, entryAt([7, 'H'])]);
  expect(bench.operator.nextDueUs!(0)).toBe(12 * S);
  expect(bench.changes).toEqual([]);
});

test.each([
  { name: 'nobody has seen it', rule: { levels: HIGH_30 }, events: [], untilS: 0, isPending: false },
  {
    name: 'nothing holds',
    rule: { levels: HIGH_30 },
    events: [
      [0, 'H'],
      [1, ''],
    ],
    untilS: 1,
    isPending: false,
  },
  { name: 'a level is pending', rule: { levels: HIGH_30 }, events: [[0, 'H']], untilS: 29, isPending: true },
  { name: 'an alert fires', rule: { levels: HIGH_30 }, events: [[0, 'H']], untilS: 30, isPending: true },
  {
    name: 'an alert fires, and no level holds',
    rule: { levels: [level('high', 'hot', 0)], clear: CLEAR_COOL },
    events: [
      [0, 'H'],
      [1, ''],
    ],
    untilS: 900,
    isPending: true,
  },
  {
    name: 'the gap has ended what was pending',
    rule: { levels: [level('high', 'hot', 30, 5)] },
    events: [[0, 'H']],
    untilS: 5,
    isPending: false,
  },
  {
    name: 'a level holds, and `while` is off',
    rule: { levels: HIGH_30, while: WHILE },
    events: [[0, 'H']],
    untilS: 900,
    isPending: false,
  },
] satisfies (Omit<Timeline, 'changes'> & { isPending: boolean })[])(
  'whether a key is pending: $name',
  ({ rule, events, untilS, isPending }) => {
    const bench = new RuleBench(node(rule), TYPES, { keyCount: 1 });
    if (events.length > 0) bench.process([...events.map(entryAt), { key: 0, watermarkUs: untilS * S }]);
    expect(bench.operator.isPending!(bench.idOf(0))).toBe(isPending);
  },
);

function stateOf(levels: RuleNode['levels']): AlertState {
  const state = new AlertState(node({ levels }), new DenseKeySlots(), { count: 0 });
  state.addRule();
  return state;
}

test('only watched keys are counted as such', () => {
  const state = stateOf(HIGH_30);
  state.reserveKeys(3);
  state.watch(state.slotOf(0, 0), true);
  state.watch(state.slotOf(1, 0), true);
  state.watch(state.slotOf(2, 0), true);
  state.forget(state.find(0, 0));
  expect(state.watchedCount).toBe(2);
  const restored = stateOf(HIGH_30);
  restored.reserveKeys(2);
  const { isKnown, slots } = state.slotsOf(Uint32Array.of(0, 1, 2), 0);
  expect([...isKnown]).toEqual([0, 1, 1]);
  restored.restore(state.snapshot(slots), restored.reopenSlots(isKnown, Int32Array.of(0, 1, -1), 0));
  expect(restored.watchedCount).toBe(1);
  expect([restored.find(0, 0), restored.find(1, 0)]).toEqual([-1, 0]);
});

test.each([1, 2, 3, 5])('there is room for %i levels of each key', count => {
  const levels = Array.from({ length: count }, () => HIGH_30[0]!);
  const state = stateOf(levels);
  state.reserveKeys(100);
  for (let keyId = 0; keyId < 100; keyId++) {
    const last = state.slotOf(keyId, 0) * count + count - 1;
    expect([state.truth[last], state.pendingSinceUs[last], state.notHeldSinceUs[last]]).toEqual([
      0,
      Infinity,
      Infinity,
    ]);
  }
});

test('of keys for which no condition was ever true nothing is kept, saved or restored', () => {
  const bench = new RuleBench(node({ levels: HIGH_30 }), TYPES, { keyCount: 3 });
  const keyIds = Uint32Array.of(0, 1, 2);
  bench.process([{ key: 1, watermarkUs: S, row: { hot: false } }]);
  const emptyBytes = bench.operator.stateBytes;
  expect(bench.operator.snapshot(keyIds)).toEqual({});
  bench.process([{ key: 1, watermarkUs: 2 * S, row: { hot: true } }]);
  expect(bench.operator.stateBytes).toBeGreaterThan(emptyBytes);
  const { isKnown, state } = bench.operator.snapshot(keyIds);
  expect(isKnown).toEqual(Uint8Array.of(0, 1, 0));
  expect(state).toMatchObject({ isWatched: Uint8Array.of(1) });
  bench.restart();
});

test('a rule that carries other values than before the restart keeps those that it still has', () => {
  const temp = { name: 'temp', type: 'float', column: 'temp' } as const;
  const hot = { name: 'hot', type: 'bool', column: 'hot' } as const;
  const bench = new RuleBench(node({ levels: HIGH_30, values: [hot, temp] }), TYPES, { keyCount: 1 });
  bench.process([entryAt([7, 'H'])]);
  bench.restart(node({ levels: HIGH_30, values: [temp, { name: 'on', type: 'bool', column: 'on' }] }));
  bench.process([{ key: 0, watermarkUs: 60 * S }]);
  expect(bench.changes.map(change => change.values)).toEqual([{ temp: 7.5, on: null }]);
});

test('a rule that loses its `while` by a restart counts at once, one that gets it counts when it has settled', () => {
  const settling = { levels: [level('high', 'hot', 0)], while: { condition: 'on', settleUs: 5 * S } };
  const without = { levels: settling.levels };
  const lost = new RuleBench(node(settling), TYPES, { keyCount: 1 });
  lost.process([entryAt([1, 'H'])]);
  lost.restart(node(without));
  lost.process([entryAt([2, 'H'])]);
  expect(lost.changes.map(change => change.timeUs)).toEqual([2 * S]);
  const got = new RuleBench(node(without), TYPES, { keyCount: 1 });
  got.process([entryAt([1, ''])]);
  got.restart(node(settling));
  got.process([entryAt([2, 'HO']), { key: 0, watermarkUs: 60 * S }]);
  expect(got.changes.map(change => change.timeUs)).toEqual([7 * S]);
});

function play(rule: Partial<RuleNode>, events: readonly Moment[], untilS: number): readonly AlertChange[] {
  const bench = new RuleBench(node(rule), TYPES, { keyCount: 1 });
  bench.process(events.map(entryAt));
  bench.process([{ key: 0, watermarkUs: untilS * S }]);
  return bench.changes;
}

function entryAt([second, conditions]: Moment) {
  const truth = (letter: string): Scalar =>
    conditions.includes(`${letter.toLowerCase()}?`) ? null : conditions.includes(letter);
  const row = {
    low: truth('L'),
    hot: truth('H'),
    cool: truth('C'),
    on: truth('O'),
    q: conditions.includes('!') ? 'bad' : 'good',
    temp: second + 0.5,
  };
  return { key: 0, watermarkUs: second * S, row };
}

function node(rule: Partial<RuleNode>): RuleNode {
  return {
    kind: 'rule',
    id: 'rule:hot_motor',
    name: 'hot_motor',
    input: 'motor',
    levels: [],
    clear: null,
    clearAfterUs: null,
    while: null,
    cooldownUs: 0,
    quality: hold(null),
    message: null,
    values: [],
    labels: {},
    ...rule,
  };
}

function level(severity: Severity, when: string, forS: number, gapS?: number): RuleLevel {
  return { severity, when, forUs: forS * S, gapUs: gapS === undefined ? null : gapS * S };
}

function hold(column: string | null): RuleNode['quality'] {
  return { column, otherwise: 'hold' };
}

function inWords({ timeUs, change, level: severity }: AlertChange): string {
  return `${timeUs / S} ${change} ${severity}`;
}

function repeat(temp: number, seconds: number): number[] {
  return new Array<number>(seconds).fill(temp);
}
