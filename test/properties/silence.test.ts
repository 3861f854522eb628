import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { TestCase, TestStep } from '../../dsl/plan.ts';
import { compareModes } from '../../engine/scenario/compare-modes.ts';
import { ALL_MODES } from '../../engine/scenario/modes.ts';
import { START_US } from '../../engine/scenario/virtual-clock.ts';
import { runs } from '../oracle/runs.ts';

const SILENCE_S = 5;
const END_S = 60;
const { plan } = compile({
  file: 'silence.mill',
  text: `
stream s from memory "s" { key id: symbol  x: float in 0..10  time ts as ms  lateness 2s  idle never }
table t from file "t.csv" key id: symbol { isOn: bool }
rule seen on silence of s for ${SILENCE_S}s { low }
rule expected on silence of s for ${SILENCE_S}s expected by t { low when t[id].isOn }
`,
});

type Message = { readonly id: string; readonly at: number; readonly late: number; readonly isGood: boolean };
type Row = { readonly id: string; readonly at: number | null; readonly isOn: boolean };
type Change = { readonly what: string; readonly at: number };

const id = fc.constantFrom('a', 'b', 'c');
const scenario = fc.record({
  messages: fc.array(
    fc.record({
      id,
      at: fc.integer({ min: 0, max: 30 }),
      late: fc.integer({ min: 0, max: 12 }), // most of these are late then
      isGood: fc.boolean(), // else it is rejected
    }),
    { maxLength: 14 },
  ),
  rows: fc.array(fc.record({ id, at: fc.option(fc.integer({ min: 0, max: 30 })), isOn: fc.boolean() }), {
    maxLength: 6,
  }),
});

it('silence begins and ends as a naive reading of all messages says, on any workers, over any restarts', () => {
  fc.assert(
    fc.property(scenario, ({ messages, rows }) => {
      const { results, differences } = compareModes({
        plan: plan!,
        test: testOf(messages, rows),
        modes: ALL_MODES.filter(mode => !mode.isShuffled),
      });
      expect(differences).toEqual([]);
      const outputs = [...results[0]!.outputs.values()].flat();
      const changesOf = (rule: string, key: string): Change[] =>
        outputs.flatMap(output => {
          if (output.kind !== 'alert' || output.alert.rule !== rule || output.alert.key['id'] !== key) return [];
          return [{ what: output.alert.change, at: (output.alert.timeUs - START_US) / 1e6 }];
        });
      for (const key of ['a', 'b', 'c']) {
        expect({ key, changes: changesOf('seen', key) }).toEqual({ key, changes: seenOracle(key, messages) });
        expect({ key, changes: changesOf('expected', key) }).toEqual({
          key,
          changes: expectedOracle(key, messages, rows),
        });
      }
    }),
    runs(30),
  );
});

function testOf(messages: readonly Message[], rows: readonly Row[]): TestCase {
  const steps: TestStep[] = [
    ...rows.map(({ id: key, at, isOn }) => {
      const values = { id: key, isOn };
      return { kind: 'row', table: 't', values, atUs: at === null ? null : at * 1e6, line: 1 } as const;
    }),
    ...messages.map(({ id: key, at, late, isGood }) => {
      const times = { everyUs: null, atUs: at * 1e6, lateUs: late * 1e6 };
      return {
        kind: 'feed',
        stream: 's',
        values: { id: key, x: isGood ? 1 : 99 },
        ...times,
        series: [],
        line: 1,
      } as const;
    }),
    // The clock has to go on behind all of it: a key that nobody asks about.
    {
      kind: 'feed',
      stream: 's',
      values: { id: 'z', x: 1 },
      everyUs: null,
      atUs: END_S * 1e6,
      lateUs: 0,
      series: [],
      line: 1,
    },
  ];
  return { title: 'a property', rule: null, file: 'silence.mill', line: 1, steps };
}

function arrivalsOf(key: string, messages: readonly Message[]): number[] {
  return messages
    .filter(message => message.id === key)
    .map(({ at, late }) => at + late)
    .sort((a, b) => a - b);
}

/** Second by second: silence at an instant comes before a message of it. */
function seenOracle(key: string, messages: readonly Message[]): Change[] {
  const arrivals = arrivalsOf(key, messages);
  const changes: Change[] = [];
  let heard = Infinity;
  let isSilent = false;
  for (let now = 0; now <= END_S; now++) {
    if (!isSilent && now - heard === SILENCE_S) {
      isSilent = true;
      changes.push({ what: 'raised', at: now });
    }
    if (!arrivals.includes(now)) continue;
    if (isSilent) changes.push({ what: 'cleared', at: now });
    isSilent = false;
    heard = now;
  }
  return changes;
}

/** The same, from the stream's first message and the row's appearance on; the condition is of the row as it is then. */
function expectedOracle(key: string, messages: readonly Message[], rows: readonly Row[]): Change[] {
  const arrivals = arrivalsOf(key, messages);
  const first = Math.min(END_S, ...messages.map(({ at, late }) => at + late));
  const own = rows.filter(row => row.id === key).sort((a, b) => (a.at ?? -1) - (b.at ?? -1));
  const changes: Change[] = [];
  let row: Row | undefined;
  let from = Infinity;
  let isSilent = false;
  let isFiring = false;
  const look = (now: number) => {
    const holds = isSilent && row!.isOn;
    if (holds !== isFiring) changes.push({ what: holds ? 'raised' : 'cleared', at: now });
    isFiring = holds;
  };
  for (let now = -1; now <= END_S; now++) {
    if (!isSilent && row !== undefined && now === Math.max(from, first) + SILENCE_S) {
      isSilent = true;
      // A row that is found at this very instant is valid at it, though nobody knows it yet.
      look(now);
    }
    if (arrivals.includes(now) && row !== undefined) {
      isSilent = false;
      look(now);
      from = now;
    } else if (arrivals.includes(now)) from = now;
    // Of several versions of one instant the last is valid at it.
    const found = own.findLast(({ at }) => (at ?? -1) === now);
    if (found === undefined) continue;
    if (row === undefined) from = now; // its appearance is the latest of all then
    row = found;
    look(now);
  }
  return changes;
}
