import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareTexts } from '../../engine/compare-texts.ts';
import type { Output } from '../../engine/scenario/output-record.ts';
import { type Direction, intervalJoin, type JoinedRow, latestJoin } from '../oracle/joins.ts';
import { runs } from '../oracle/runs.ts';
import {
  events as wildEvents,
  planOf,
  type Read,
  reads as readOrders,
  Run,
  type Source,
  type SourceEvent,
  SOURCES,
  START_MS,
  workers,
} from './several-sources.ts';

const MS = 1_000;
const KINDS = ['inner', 'left', 'anti'] as const;
const DIRECTIONS: readonly Direction[] = ['before', 'after', 'around'];

type Event = SourceEvent & { readonly value: number };

/** Delays are shorter than the lateness, so that no event is late. */
const eventsWithin = (latenessMs: number) =>
  fc
    .array(
      fc.record({
        key: fc.constantFrom(...'ab'),
        site: fc.constantFrom('north', 'south'),
        delay: fc.nat(100),
        stepMs: fc.constantFrom(0, 0, 1, 1, 2, 5, 20),
      }),
      { maxLength: 20 },
    )
    .map(steps => {
      let arrivalMs = START_MS;
      return steps.map(({ delay, stepMs, ...event }, value): Event => {
        arrivalMs += stepMs;
        const delayMs = latenessMs === 0 ? 0 : Math.floor((delay / 101) * latenessMs);
        return { ...event, value, timeUs: (arrivalMs - delayMs) * MS, arrivalUs: arrivalMs * MS };
      });
    });

const sources = fc
  .constantFrom(0, 3, 10)
  .chain(latenessMs => fc.record({ latenessMs: fc.constant(latenessMs), events: eventsWithin(latenessMs) }));

const cases = fc.record({
  left: sources,
  right: sources,
  idle: fc.constantFrom('0s', '5ms', '1h'),
  withinMs: fc.constantFrom(1, 3, 8),
  reads: readOrders,
  workerCounts: workers,
});

it('pairs, and what has none, are those of the definition, however the streams are read', () => {
  fc.assert(
    fc.property(cases, ({ left, right, idle, withinMs, reads, workerCounts }) => {
      // Where silence moves keys on, what has no partner is known sooner than the oracle says.
      const kinds = idle === '1h' ? KINDS : (['inner'] as const);
      const joined = kinds.flatMap(join => [
        ...DIRECTIONS.map(direction => ({ join, direction, name: `${join}_${direction}` })),
        ...[null, withinMs].map(latestMs => ({ join, latestMs, name: `${join}_latest_${latestMs ?? 'ever'}` })),
      ]);
      const texts = joined.map(({ name, join, ...time }) => {
        const word = join === 'inner' ? 'join' : `${join} join`;
        const when =
          'direction' in time
            ? `within ${withinMs}ms ${time.direction}`
            : `latest${time.latestMs === null ? '' : ` within ${time.latestMs}ms`}`;
        const values = join === 'anti' ? 'l.value as l' : 'l.value as l, r.value as r';
        return `stream ${name} = from s as l ${word} t as r ${when} select ${values}`;
      });
      const declared = [left, right].map(({ latenessMs }, i) =>
        sourceText(SOURCES[i]!, `lateness ${latenessMs}ms  idle ${idle}`),
      );
      const inputs: Source[] = [left, right].map(({ events }, i) => ({ id: SOURCES[i]!, text: '', events }));
      const endUs = endOf(inputs);
      const outputs = new Run(planOf([...declared, ...texts].join('\n')), inputs, workerCounts, endUs).play(reads);
      expect(outputs.contradictions).toEqual([]);
      const [l, r] = [left.events, right.events];
      const lastUs = (key: string) =>
        Math.max(
          ...[l, r].map(own =>
            own.some(event => event.key === key) ? Math.max(...own.map(event => event.timeUs)) : -Infinity,
          ),
        );
      for (const { name, join, ...time } of joined) {
        const expected =
          'direction' in time
            ? intervalJoin(l, r, { join, withinUs: withinMs * MS, direction: time.direction, endUs: lastUs })
            : latestJoin(l, r, { join, withinUs: time.latestMs === null ? null : time.latestMs * MS, isFirst: false });
        const rows = rowsOf(outputs.outputs, name);
        expect(rows.map(textOf).sort(compareTexts), name).toEqual(expected.map(textOf).sort(compareTexts));
        for (const key of 'ab') {
          const times = rows.filter(row => row.key === key).map(row => row.timeUs);
          expect(times, `${name} of ${key}`).toEqual(times.toSorted((a, b) => a - b));
        }
      }
    }),
    runs(30),
  );
}, 120_000);

/** Each source as a whole, one after the other. */
const IN_ONE_GO = SOURCES.map((_, source): Read => ({ source, count: 25, isTicked: false, disturbance: 'none' }));

const settings = fc
  .tuple(
    fc.constantFrom('0s', '3ms', '10ms'),
    fc.constantFrom('0s', '5ms', '30ms', 'never'),
    fc.constantFrom('', '', 'expire 40ms'),
  )
  .map(([lateness, idle, expire]) => `lateness ${lateness}  idle ${idle}  ${expire}`);

/** All that streams can be read by together; some of it is left out of each run, as nothing depends on what else is read. */
const READERS = [
  'stream pairs = from s as l join t as r within 4ms around select l.value as l, r.value as r',
  'stream alone = from s as l left join u as r within 6ms after select l.value as l, r.value as r',
  'stream latest = from t as l join u as r latest within 20ms select l.value as l, r.value as r',
  'stream of_site = from s as l join t as r within 5ms before by site select l.value as l, r.value as r',
  'stream panes = from s window tumbling 8ms select count() as n, sum(value) as total',
  'stream of_panes = from panes as p join t as r within 8ms after select p.n as n, r.value as r',
  'stream counts = from pairs window tumbling 10ms select count() as n',
  'stream matched = match a: s[value > 1] -> b: t[value > 0] -> not u for 5ms within 30ms select a.value as l, b.value as r',
  'rule many on counts { low when n > 1  clear after 12ms }',
  'rule quiet on a: s[value > 2] -> not t[value > 0] for 7ms within 20ms { high  clear after 9ms }',
  'stream changes = from alerts where rule == "quiet" select rule, change',
  'stream hot = from s where value > 1 window count 2 select sum(value) as total',
  'stream of_hot = from hot as h join u as r latest select h.total as total, r.value as r',
];
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  of_panes: ['panes'],
  counts: ['pairs'],
  many: ['counts', 'pairs'],
  changes: ['quiet'],
  of_hot: ['hot'],
};

it('what is merged depends on the recorded input alone: not on how it is read, nor on what else reads it', () => {
  const three = fc.tuple(...SOURCES.map(() => fc.record({ settings, events: wildEvents })));
  fc.assert(
    fc.property(three, readOrders, workers, fc.subarray(READERS, { minLength: 1 }), (all, reads, counts, some) => {
      const declared = all.map((source, i) => sourceText(SOURCES[i]!, source.settings));
      const inputs: Source[] = all.map(({ events }, i) => ({ id: SOURCES[i]!, text: '', events }));
      const endUs = endOf(inputs);
      const whole = planOf([...declared, ...READERS].join('\n'));
      const played = new Run(whole, inputs, counts, endUs).play(reads);
      expect(played.contradictions).toEqual([]);
      const inOrder = new Run(whole, inputs, [1], endUs).play(IN_ONE_GO).outputs;
      expect(played.outputs).toEqual(inOrder);
      const names = new Set(some.map(nameOf).flatMap(name => [name, ...(NEEDED[name] ?? [])]));
      const part = planOf([...declared, ...READERS.filter(text => names.has(nameOf(text)))].join('\n'));
      const ofPart = new Run(part, inputs, [1], endUs).play(IN_ONE_GO).outputs;
      const isOfPart = ([series]: readonly [string, unknown]) =>
        names.has(series.split(/[ ("]/).find(word => names.has(word)) ?? '');
      expect(ofPart).toEqual(Object.fromEntries(Object.entries(inOrder).filter(isOfPart)));
    }),
    runs(30),
  );
}, 120_000);

function nameOf(text: string): string {
  return text.split(' ')[1]!;
}

function sourceText(id: string, how: string): string {
  return `stream ${id} from memory "${id}" { key device: symbol  site: symbol  value: float  ${how} }`;
}

function endOf(inputs: readonly Pick<Source, 'events'>[]): number {
  return Math.max(START_MS * MS, ...inputs.flatMap(({ events }) => events.map(event => event.arrivalUs))) + 60 * MS;
}

function rowsOf(outputs: Readonly<Record<string, readonly Output[]>>, stream: string): JoinedRow[] {
  const rows = Object.values(outputs)
    .flat()
    .flatMap(output => (output.kind === 'row' && output.name === stream ? [output.row] : []));
  return rows.map(({ timeUs, key, values }) => ({
    key: String(key['device']),
    timeUs,
    left: values['l'] as number, // as: a float
    right: (values['r'] ?? null) as number | null,
  }));
}

function textOf(row: JoinedRow): string {
  return JSON.stringify([row.key, row.timeUs, row.left, row.right]);
}
