import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../oracle/runs.ts';
import {
  events,
  planOf,
  type Read,
  reads,
  Run,
  type Source,
  type SourceEvent,
  SOURCES,
  START_MS,
  workers,
} from './several-sources.ts';

const settings = fc.record({
  lateness: fc.constantFrom('0s', '3ms'),
  idle: fc.constantFrom('0s', '5ms', '30ms', 'never'),
});

/** Behind what is keyed anew, and behind what is joined, where a slow device holds others up. */
const READERS = `
stream joined = from s as a join t as b latest within 20ms select a.value as value, a.site as site, b.value as other
rule here on s by global { info when value > 2  clear after 7ms }
rule there on s by site { info when value > 1 for 2ms  clear after 3ms }
rule both on joined by global { info when value > 2  clear after 7ms }
rule pair on joined by site { info when value > 1 for 2ms  clear after 3ms }
rule hidden on joined { info when other > 1  clear when other < 1  suppress when alert("both") or alert("here") }
stream changes = from alerts select rule, change, time - event_time as behind
rule deep on alerts where rule in ("here", "both") { low when change == "raised"  clear after 4ms }`;

it('who reads alerts reads all that is told of them, however the sources are read', () => {
  fc.assert(
    fc.property(
      fc.tuple(events, events, events),
      settings,
      reads,
      workers,
      (given, { lateness, idle }, order, counts) => {
        const inputs = SOURCES.map((id, i): Source => {
          const text = `stream ${id} from memory "${id}" { key device: symbol  site: symbol  value: float  lateness ${lateness}  idle ${idle} }`;
          return { id, text, events: given[i]! };
        });
        const plan = planOf([...inputs.map(({ text }) => text), READERS].join('\n'));
        const endUs = Math.max(START_MS * 1_000, ...given.flat().map(({ arrivalUs }) => arrivalUs)) + 60_000;
        const { outputs, contradictions } = new Run(plan, inputs, counts, endUs).play(order);
        expect(contradictions).toEqual([]);
        const all = Object.values(outputs).flat();
        for (const rule of ['here', 'there', 'both', 'pair']) {
          const told = all.filter(output => output.kind === 'alert' && output.name === rule);
          const read = all.filter(
            output => output.kind === 'row' && output.name === 'changes' && output.row.values['rule'] === rule,
          );
          expect([rule, read.length]).toEqual([rule, told.length]);
        }
        const inOneGo = SOURCES.map((_, source): Read => ({ source, count: 25, isTicked: false, disturbance: 'none' }));
        expect(new Run(plan, inputs, [1], endUs).play(inOneGo).outputs).toEqual(outputs);
      },
    ),
    { ...runs(40), examples: [HELD_UP_BEHIND_A_JOIN] },
  );
});

/** A device that is idle no longer holds up what is joined, at an instant that comes behind an alert of the site itself. */
const HELD_UP_BEHIND_A_JOIN: [
  [SourceEvent[], SourceEvent[], SourceEvent[]],
  { readonly lateness: string; readonly idle: string },
  Read[],
  number[],
] = [
  [
    [
      { key: 'a', site: 'north', value: 2, timeUs: 1_000_000, arrivalUs: 1_000_000 },
      { key: 'a', site: 'north', value: null, timeUs: 1_005_000, arrivalUs: 1_005_000 },
      { key: 'b', site: 'north', value: 2, timeUs: 1_000_000, arrivalUs: 1_005_000 },
      { key: 'a', site: 'north', value: null, timeUs: 1_008_000, arrivalUs: 1_008_000 },
    ],
    [{ key: 'b', site: 'north', value: null, timeUs: 1_000_000, arrivalUs: 1_000_000 }],
    [],
  ],
  { lateness: '0s', idle: '5ms' },
  [{ source: 0, count: 1, isTicked: false, disturbance: 'none' }],
  [1],
];
