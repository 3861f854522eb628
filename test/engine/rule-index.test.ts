import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan, RuleNode } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { alertId } from '../../engine/operators/rule/alert-id.ts';
import { SparseKeySlots } from '../../engine/operators/rule/key-slots.ts';
import { guardsOf } from '../../engine/operators/row-index/guard.ts';
import { formTextOf } from '../../engine/operators/rule-index/seat-form.ts';
import { WatchedKeys } from '../../engine/operators/rule-index/watched-keys.ts';
import { batchOf } from '../oracle/plan-builder.ts';
import { runs } from '../oracle/runs.ts';
import { built } from '../oracle/built.ts';

const STREAM = `stream s from memory "s" { key device: symbol  site: symbol  value: float  time ts as ms }\n`;

test.each([
  ['site == "a"', ['site = a']],
  ['"a" == site', ['site = a']],
  ['site != "a"', []],
  ['site == "a" and value > 3', ['site = a']],
  ['value > 3 and (site == "a" or site == "b")', ['site = a, b']],
  ['site in ("a", "b") and device == "d"', ['site = a, b', 'device = d']],
  ['site == "a" or value > 3', []],
  ['site == "a" or device == "d"', []],
  ['(site == "a" and device == "d") or (device == "e" and value < 3)', ['device = d, e']],
  ['not (site == "a")', []],
  ['site == device', []],
  ['value == 3', ['value = 3']],
  ['value + 1 == 3', []],
  ['value > 3', ['value ≥ 3']],
  ['3 > value', ['value ≤ 3']],
  ['value >= 3 or value > 5', ['value ≥ 3']],
  ['value < 3 or value <= 5', ['value ≤ 5']],
  ['value > 3 or value < 1', []],
  ['value > 3 and value < 5', []],
])('where alone `%s` may be true', (condition, guards) => {
  const shown = guardsOf(conditionOf(condition)).map(guard => {
    if (guard.kind === 'equals') return `${guard.column} = ${guard.values.join(', ')}`;
    return `${guard.column} ${guard.kind === 'at-least' ? '≥' : '≤'} ${guard.limit}`;
  });
  expect(shown).toEqual(guards);
});

test.each([
  {
    name: 'of a device each',
    count: 8,
    rule: (i: number) => `high when device == "d${i}" and value > 3`,
    foundBy: 'device',
  },
  { name: 'too few', count: 7, rule: (i: number) => `high when device == "d${i}" and value > 3`, foundBy: undefined },
  {
    name: 'of the same device',
    count: 8,
    rule: (i: number) => `high when device == "d" and value > ${i}`,
    foundBy: undefined,
  },
  { name: 'limits', count: 8, rule: (i: number) => `high when value > ${i}`, foundBy: 'value' },
  {
    name: 'limits of two levels',
    count: 8,
    rule: (i: number) => `low when value > ${i}  high when value > ${i + 9}`,
    foundBy: 'value',
  },
  {
    name: 'limits of both sides',
    count: 8,
    rule: (i: number) => `low when value > ${i}  high when value < -${i + 1}`,
    foundBy: undefined,
  },
  {
    name: 'a level of another device',
    count: 8,
    rule: (i: number) => `low when device == "d${i}"  high when device == "e${i}"`,
    foundBy: 'device',
  },
  {
    name: 'what is read of quiet keys, of a device',
    count: 8,
    rule: (i: number) => `high when device == "d${i}" and value > 3  clear when value < 1`,
    foundBy: 'device',
  },
  {
    name: 'what is read of quiet keys, of a site',
    count: 8,
    rule: (i: number) => `high when site == "s${i}" and value > 3  clear when value < 1`,
    foundBy: undefined,
  },
  {
    name: 'nothing is read of quiet keys',
    count: 8,
    rule: (i: number) => `high when site == "s${i}" and value > 3  clear when value < 1  quality good else unknown`,
    foundBy: 'site',
  },
  {
    name: 'the column with more values',
    count: 8,
    rule: (i: number) => `high when site in ("a", "b", "c", "d", "e", "f", "g", "h", "s${i}") and value == ${i}`,
    foundBy: 'site',
  },
])('what rules are found by: $name', ({ count, rule, foundBy }) => {
  const { operators } = built(planOf(Array.from({ length: count }, (_, i) => rule(i))));
  const found = [...operators.values()].filter(({ node }) => node.kind === 'rule').map(operator => operator.foundBy);
  expect(found).toEqual(new Array(count).fill(foundBy));
});

test('a rule of one device keeps nothing of others', () => {
  const plan = planOf(
    Array.from(
      { length: 8 },
      (_, i) => `high when device == "d${i}" and value > 3 and site != "b"  clear when value < 1`,
    ),
  );
  const bytesWith = (devices: number): number => {
    const engine = new Engine(plan);
    engine.push(
      batchOf(
        Array.from({ length: devices }, (_, i) => event(`d${i}`, i, 2)),
        engine.symbols,
      ),
    );
    return engine.stateBytes().get('rule:r0')!;
  };
  expect(bytesWith(10_000)).toBe(bytesWith(8));
});

const OTHERS = Array.from({ length: 8 }, (_, i) => `"other${i}"`).join(', ');

test('a rule that is paused sees nothing more, and others go on', () => {
  const plan = planOf(
    Array.from(
      { length: 8 },
      (_, i) => `high when device == "d0" and value > ${i} or device in (${OTHERS}) and site == "b"`,
    ),
  );
  const changes: AlertChange[] = [];
  const engine = new Engine(plan, { onAlert: change => changes.push(change) });
  engine.push(batchOf([event('d0', 0, 2.5)], engine.symbols));
  expect(changes.map(({ rule, change }) => `${rule} ${change}`)).toEqual(['r0 raised', 'r1 raised', 'r2 raised']);
  engine.pause(['r1']);
  changes.length = 0;
  engine.push(batchOf([event('d0', 1, 1.5), event('d0', 2, 3.5)], engine.symbols));
  expect(changes.map(({ rule, change }) => `${rule} ${change}`)).toEqual(['r2 cleared', 'r2 raised', 'r3 raised']);
});

test('rules that keep what they know together tell each of its own', () => {
  const plan = planOf(
    Array.from({ length: 16 }, (_, i) => {
      return `high when device == "d${i % 8}" and site == "none" and value > ${i}  message "${i}: {value}"`;
    }),
  );
  const changes: AlertChange[] = [];
  const engine = new Engine(plan, { onAlert: change => changes.push(change) });
  engine.push(batchOf([event('d1', 0, 10), event('d2', 1, 3), event('d1', 2, 4)], engine.symbols));
  expect(changes.map(({ rule, change, message }) => `${rule} ${change} ${message}`)).toEqual([
    'r1 raised 1: 10',
    'r9 raised 9: 10',
    'r2 raised 2: 3',
    'r9 cleared 9: 4',
  ]);
  for (const { rule, key, id } of changes) {
    expect(id).toBe(alertId({ rule, key, raisedUs: key['device'] === 'd2' ? 1_000_000 : 0 }));
  }
  const versions = changes.flatMap(({ provenance }) => provenance?.ruleVersion ?? []);
  expect(new Set(versions).size).toBe(3);
});

test.each([
  ['another name', { name: 'other', id: 'rule:other' }, true],
  ['other labels', { labels: { site: 'b' } }, true],
  ['another text of the message', { message: ['now ', { value: 'value' }] }, true],
  ['another hole in it', { message: ['is ', { value: 'device' }] }, false],
  ['another severity', { levels: [{ severity: 'low', when: 'c', forUs: 0, gapUs: null }] }, false],
  ['another duration', { levels: [{ severity: 'high', when: 'c', forUs: 1, gapUs: null }] }, false],
  ['other values', { values: [{ name: 'value', type: 'float', column: 'other' }] }, false],
  ['a latch', { isLatched: true as const }, false],
] satisfies [string, Partial<RuleNode>, boolean][])('a rule with %s', (_, change, isOfForm) => {
  const rule: RuleNode = planOf(['high when value > 1  message "is {value}"']).nodes.find(
    node => node.kind === 'rule',
  )!;
  const conditions = { levels: [{ form: { place: 3 } }], clear: null, while: null };
  const textOf = (node: RuleNode) => formTextOf(node, conditions, ['device']);
  expect(textOf({ ...rule, ...change }) === textOf(rule)).toBe(isOfForm);
  expect(formTextOf(rule, { ...conditions, levels: [{ form: { place: 4 } }] }, ['device'])).not.toBe(textOf(rule));
});

test('which slot a key of a rule has, through many that come and go', () => {
  const pairs = fc.tuple(fc.boolean(), fc.nat(9), fc.nat(30));
  fc.assert(
    fc.property(fc.array(pairs, { maxLength: 400 }), steps => {
      const slots = new SparseKeySlots(() => {});
      const expected = new Map<string, number>();
      for (const [i, [isSet, rule, keyId]] of steps.entries()) {
        if (isSet) {
          slots.set(keyId, rule, i);
          expected.set(`${keyId} ${rule}`, i);
        } else {
          slots.delete(keyId, rule);
          expected.delete(`${keyId} ${rule}`);
        }
      }
      for (let rule = 0; rule < 10; rule++)
        for (let keyId = 0; keyId <= 30; keyId++)
          expect(slots.find(keyId, rule)).toBe(expected.get(`${keyId} ${rule}`) ?? -1);
      expect(slots.stateBytes).toBeLessThanOrEqual(16 * 8 + steps.length * 16 * 4);
    }),
    runs(),
  );
});

test('who watches a key is told in the order of the file', () => {
  const watched = new WatchedKeys();
  const rulesOf = (keyId: number): number[] => {
    const rules: number[] = [];
    rules.length = watched.write(keyId, rules);
    return rules;
  };
  for (const rule of [3, 1, 2]) watched.add(5, rule);
  watched.add(6, 1);
  expect([5, 6, 7].map(rulesOf)).toEqual([[1, 2, 3], [1], []]);
  watched.remove(5, 2);
  watched.remove(5, 2);
  expect(rulesOf(5)).toEqual([1, 3]);
  for (const keyId of [5, 6]) watched.remove(keyId, 1);
  watched.add(6, 9);
  expect([5, 6].map(rulesOf)).toEqual([[3], [9]]);
  expect(watched.count).toBe(2);
});

function event(key: string, second: number, value: number) {
  return { key, timeUs: second * 1_000_000, arrivalUs: second * 1_000_000, value };
}

function conditionOf(text: string) {
  const compute = planOf([`high when ${text}`]).nodes.find(node => node.kind === 'compute')!;
  return compute.expression;
}

function planOf(rules: readonly string[]): Plan {
  const text = STREAM + rules.map((rule, i) => `rule r${i} on s { ${rule} }`).join('\n');
  const { plan, diagnostics } = compile({ file: 'rules.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}
