import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type RuleNode, SEVERITIES } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import type { AlertChange, Provenance } from '../../engine/operator.ts';
import { alertId } from '../../engine/operators/rule/alert-id.ts';
import { type Entry, RuleBench } from '../engine/rule-harness.ts';
import { expectedChanges, type OracleEvent } from './rule-oracle.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = 3;
const TYPES = {
  level0: 'bool',
  level1: 'bool',
  level2: 'bool',
  clear: 'bool',
  on: 'bool',
  q: 'quality',
  n: 'float',
  text: 'string',
  '#source': 'symbol',
  '#sequence': 'int',
  '#item': 'int',
} as const;
const RUN = runs(300);

/** Small numbers, so that things meet at one instant. */
const duration = fc.nat(6);

const lasting: fc.Arbitrary<RuleNode> = fc.record({
  kind: fc.constant('rule'),
  id: fc.constant('rule:r'),
  name: fc.constant('r'),
  input: fc.constant('s'),
  levels: fc
    .array(
      fc.record({
        severity: fc.constantFrom(...SEVERITIES.slice(0, 3)),
        forUs: duration,
        gapUs: fc.option(fc.integer({ min: 1, max: 6 })),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map(levels => levels.map((level, i) => ({ ...level, when: `level${i}` }))),
  clear: fc.option(fc.record({ when: fc.constant('clear'), forUs: duration })),
  clearAfterUs: fc.option(duration, { freq: 2 }),
  while: fc.option(fc.record({ condition: fc.constant('on'), settleUs: duration }), { freq: 2 }),
  cooldownUs: fc.oneof(fc.constant(0), fc.nat(12)),
  quality: fc.record({
    column: fc.constantFrom(null, 'q'),
    otherwise: fc.constantFrom<'hold' | 'unknown'>('hold', 'unknown'),
  }),
  message: fc.constant(null),
  values: fc.constant([
    { name: 'n', type: 'float', column: 'n' },
    { name: 'text', type: 'string', column: 'text' },
  ]),
  labels: fc.constant({}),
});

/** Of matches: each condition holds at its row alone. */
const momentary = lasting.map(
  (node): RuleNode => ({
    ...node,
    levels: node.levels.map(level => ({ ...level, forUs: 0, gapUs: null })),
    clear: node.clear && { ...node.clear, forUs: 0 },
    while: null,
    isMomentary: true,
  }),
);
const rules = fc.oneof({ weight: 2, arbitrary: lasting }, { weight: 1, arbitrary: momentary });

/** Longer stretches of one truth are what makes timers come due. */
const truth = fc.oneof({ weight: 7, arbitrary: fc.boolean() }, { weight: 1, arbitrary: fc.constant(null) });
const conditions = fc.record({
  level0: truth,
  level1: truth,
  level2: truth,
  clear: truth,
  on: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: truth }),
  q: fc.oneof({ weight: 12, arbitrary: fc.constant('good') }, { weight: 1, arbitrary: fc.constantFrom('bad', null) }),
});
const step = fc.record({
  key: fc.nat(KEYS - 1),
  afterUs: fc.oneof(fc.constant(0), fc.nat(3), fc.nat(9)),
  kind: fc.oneof(
    { weight: 10, arbitrary: fc.constant('row' as const) },
    { weight: 2, arbitrary: fc.constantFrom('time' as const, 'masked' as const) },
  ),
  row: conditions,
});
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;
const timelines = timelinesOf(fc.array(step, { maxLength: 60 }));
const longTimelines = timelinesOf(fc.array(step, { minLength: 40, maxLength: 80, size: 'max' }));

function timelinesOf(lists: fc.Arbitrary<Step[]>): fc.Arbitrary<Entry[]> {
  return lists.map(steps => {
    const nowUs = new Array<number>(KEYS).fill(0);
    const entries = steps.map(({ key, afterUs, kind, row }, n): Entry => {
      const watermarkUs = (nowUs[key]! += afterUs);
      if (kind === 'time') return { key, watermarkUs };
      const identity = { '#source': 'file', '#sequence': n, '#item': 0 };
      const text = n % 3 === 0 ? null : `row ${n}`;
      return { key, watermarkUs, row: { ...row, n, text, ...identity }, isMasked: kind === 'masked' };
    });
    return [...entries, ...nowUs.map((us, key) => ({ key, watermarkUs: us + 8 }))];
  });
}

test('a rule is what its history says', () => {
  fc.assert(
    fc.property(rules, timelines, (node, entries) => {
      const changes = run(node, [entries]);
      for (let key = 0; key < KEYS; key++) {
        const ofKey = changes.filter(change => change.key['device'] === `m${key}`);
        expect(ofKey.map(({ message: _, ...change }) => change)).toEqual(expected(node, entries, key));
      }
    }),
    RUN,
  );
});

test('batches and restarts change nothing', () => {
  fc.assert(
    fc.property(rules, timelines, fc.array(fc.nat(5)), (node, entries, lengths) => {
      const batches: Entry[][] = [];
      for (let at = 0, i = 0; at < entries.length; i++) {
        const length = 1 + (lengths[i % lengths.length] ?? 0);
        batches.push(entries.slice(at, at + length));
        at += length;
      }
      expect(run(node, batches)).toEqual(run(node, [entries]));
    }),
    RUN,
  );
});

/** Of one level without a gap, whose rows say all that there is to know. */
const plainRules = lasting.map(
  (node): RuleNode => ({
    ...node,
    levels: node.levels.slice(0, 1).map(level => ({ ...level, gapUs: null })),
    while: null,
    quality: { ...node.quality, column: null },
  }),
);

test('rows that say what the ones before them said change nothing, however many are in a batch', () => {
  fc.assert(
    fc.property(plainRules, longTimelines, fc.integer({ min: 10, max: 40 }), (node, entries, length) => {
      const rows = entries.filter(entry => entry.row !== undefined && entry.isMasked === false).map(known);
      const end = entries.slice(-KEYS);
      const batches = Array.from({ length: Math.ceil(rows.length / length) }, (_, i) =>
        rows.slice(i * length, (i + 1) * length),
      );
      const singly = run(
        node,
        [...rows, ...end].map(entry => [entry]),
      );
      expect(run(node, [...batches, end], { hasMask: false })).toEqual(singly);
    }),
    RUN,
  );
});

/** Nothing that it says is unknown. */
function known(entry: Entry): Entry {
  const row = Object.fromEntries(Object.entries(entry.row!).map(([name, value]) => [name, value ?? false]));
  return { ...entry, row: { ...row, text: entry.row!['text']!, q: 'good' } };
}

test('nextDueUs is the instant of the next change that needs no event', () => {
  fc.assert(
    fc.property(rules, timelines, (node, entries) => {
      const bench = new RuleBench(node, TYPES, { keyCount: KEYS });
      bench.process(entries);
      const known = bench.changes.length;
      for (let key = 0; key < KEYS; key++) {
        while (bench.operator.nextDueUs!(key) < Infinity) {
          const dueUs = bench.operator.nextDueUs!(key);
          bench.process([{ key, watermarkUs: dueUs - 1 }]);
          expect(bench.operator.nextDueUs!(key)).toBe(dueUs);
          bench.process([{ key, watermarkUs: dueUs }]);
          expect(bench.operator.nextDueUs!(key)).toBeGreaterThan(dueUs);
        }
      }
      const idle = new RuleBench(node, TYPES, { keyCount: KEYS });
      idle.process([...entries, ...[0, 1, 2].map(key => ({ key, watermarkUs: 1e6 }))]);
      expect(bench.changes.length).toBe(idle.changes.length);
      expect(bench.changes.slice(known).every(change => change.timeUs < 1e6)).toBe(true);
    }),
    RUN,
  );
});

test('a key that is forgotten is as if never seen', () => {
  fc.assert(
    fc.property(rules, timelines, timelines, fc.nat(KEYS - 1), (node, before, after, key) => {
      const bench = new RuleBench(node, TYPES, { keyCount: KEYS });
      bench.process(before);
      const others = changesOf(bench, other => other !== key).length;
      bench.operator.forget(bench.idOf(key));
      expect(bench.operator.nextDueUs!(bench.idOf(key))).toBe(Infinity);
      expect(bench.operator.isPending!(bench.idOf(key))).toBe(false);
      const stateOf = (id: number) => bench.operator.snapshot(Uint32Array.of(id));
      expect(stateOf(bench.idOf(key))).toEqual(stateOf(bench.idOf(KEYS)));
      const ofKey = after.filter(entry => entry.key === key);
      const known = bench.changes.length;
      bench.process(ofKey);
      expect(changesOf(bench, other => other !== key)).toHaveLength(others);
      expect(bench.changes.slice(known)).toEqual(run(node, [ofKey]));
    }),
    RUN,
  );
});

test('a key is pending while its alert fires, and as long as time alone can still raise one', () => {
  fc.assert(
    fc.property(rules, timelines, (node, entries) => {
      const bench = new RuleBench(node, TYPES, { keyCount: KEYS });
      const isPending = (key: number) => bench.operator.isPending!(bench.idOf(key));
      for (const entry of entries) {
        bench.process([entry]);
        if (isFiring(bench, entry.key)) expect(isPending(entry.key)).toBe(true);
        else if (isPending(entry.key)) expect(bench.operator.nextDueUs!(bench.idOf(entry.key))).toBeLessThan(Infinity);
      }
      for (let key = 0; key < KEYS; key++) {
        bench.process([{ key, watermarkUs: 1e6 }]);
        expect(isPending(key)).toBe(isFiring(bench, key));
      }
    }),
    RUN,
  );
});

test('keys that come and go take no more memory', () => {
  fc.assert(
    fc.property(rules, timelines, (node, entries) => {
      const bench = new RuleBench(node, TYPES, { keyCount: KEYS });
      const comeAndGo = () => {
        bench.process(entries);
        for (let key = 0; key < KEYS; key++) bench.operator.forget(bench.idOf(key));
        return bench.operator.stateBytes;
      };
      const once = comeAndGo();
      for (let round = 0; round < 10; round++) expect(comeAndGo()).toBe(once);
    }),
    { ...RUN, numRuns: Math.ceil(RUN.numRuns / 10) },
  );
});

function isFiring(bench: RuleBench, key: number): boolean {
  return (changesOf(bench, other => other === key).at(-1)?.change ?? 'cleared') !== 'cleared';
}

function changesOf(bench: RuleBench, isWanted: (key: number) => boolean): AlertChange[] {
  return bench.changes.filter(change => isWanted(Number(String(change.key['device']).slice(1))));
}

/** Restarts between all batches. */
function run(node: RuleNode, batches: readonly (readonly Entry[])[], { hasMask = true } = {}): AlertChange[] {
  const bench = new RuleBench(node, TYPES, { keyCount: KEYS, hasMask });
  for (const [i, batch] of batches.entries()) {
    if (i > 0) bench.restart();
    bench.process(batch);
  }
  return bench.changes;
}

function expected(node: RuleNode, entries: readonly Entry[], key: number): Omit<AlertChange, 'message'>[] {
  const ofKey = entries.filter(entry => entry.key === key);
  const rows = ofKey.filter(entry => entry.row !== undefined && entry.isMasked !== true);
  const events = rows.flatMap(({ row, watermarkUs }) => {
    const event = eventOf(node, row!, watermarkUs);
    return node.isMomentary === true ? [event, nothingOf(event)] : [event];
  });
  const rowOf = (event: number) => rows[node.isMomentary === true ? Math.floor(event / 2) : event]!;
  return expectedChanges(node, events, ofKey.at(-1)!.watermarkUs).map(({ raisedUs, event, deciding, ...change }) => ({
    rule: node.name,
    key: { device: `m${key}` },
    level: change.level as AlertChange['level'],
    change: change.change,
    timeUs: change.timeUs,
    id: alertId({ rule: node.name, key: { device: `m${key}` }, raisedUs }),
    values: { n: rowOf(event).row!['n']!, text: rowOf(event).row!['text']! },
    ...(deciding === null ? {} : { provenance: provenance(deciding, [rowOf(deciding.event), rowOf(event)]) }),
  }));
}

/** Right behind an event, at its instant: nothing is true any more. */
function nothingOf({ atUs, levels }: OracleEvent): OracleEvent {
  return { atUs, isGood: true, levels: levels.map(() => false), clear: false, isOn: true };
}

function provenance(
  { level, sinceUs }: { readonly level: number; readonly sinceUs: number },
  [first, last]: readonly [Entry, Entry],
): Provenance {
  const events = [...new Set([first, last])].map(({ watermarkUs, row }) => ({
    stream: 'motor',
    timeUs: watermarkUs,
    identity: { source: 'file', sequence: Number(row!['#sequence']), item: 0 },
  }));
  return { levelIndex: level, sinceUs, events, over: [], ruleVersion: 'v' };
}

function eventOf(node: RuleNode, row: Readonly<Record<string, Scalar>>, atUs: number): OracleEvent {
  const truthOf = (name: string) => row[name] as boolean | null;
  return {
    atUs,
    isGood: node.quality.column === null || row['q'] === 'good',
    levels: node.levels.map(level => truthOf(level.when)),
    clear: truthOf('clear'),
    isOn: truthOf('on'),
  };
}
