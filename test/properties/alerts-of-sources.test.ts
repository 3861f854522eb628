import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compareTexts } from '../../engine/compare-texts.ts';
import type { Output } from '../../engine/scenario/output-record.ts';
import { runs } from '../oracle/runs.ts';
import {
  type Change,
  changesOf,
  events,
  planOf,
  type Read,
  reads,
  Run,
  type Source,
  SOURCES,
  START_MS,
  workers,
} from './several-sources.ts';

const PANE_MS = 10;

/** What a source has; the rules are named after it. */
const RULES = [
  'rule $_up on $ { low when value > 1  high when value > 3  clear when value < 0  message "{site} {value}" }',
  'rule $_held on $ { medium when value > 0 for 4ms  clear when value < 0  cooldown 5ms  message "{site} {value}" }',
  'rule $_longer on $ { info when value > 2  clear after 9ms  message "{site} {value}" }',
];

const READERS = `
stream changes = from alerts select rule, change, severity, site, value
stream counts = from alerts by site window tumbling ${PANE_MS}ms select count() as n, first(rule) as f, last(rule) as l
rule flood on alerts where change == "raised" by global { high when count(20ms) > 2 for 3ms  clear after 30ms }
rule each on alerts where change != "level" { low when changed(rule)  clear after 7ms }
stream chained = from alerts where rule in ("each", "flood") select rule, change, severity, time - event_time as behind
rule deep on alerts where rule in ("each", "flood") by global { low when count(10ms) > 1  clear after 5ms }`;

const declarations = fc.record({
  lateness: fc.constantFrom('0s', '3ms', '10ms'),
  idle: fc.constantFrom('0s', '5ms', '30ms', 'never'),
  expire: fc.constantFrom('', '', 'expire 40ms'),
  rules: fc.uniqueArray(fc.constantFrom(...RULES), { minLength: 1, maxLength: 2 }),
});

const sources = fc.array(fc.record({ declaration: declarations, events }), { minLength: 2, maxLength: 3 });

it('alerts of several sources meet in the order of their arrival, however the sources are read', () => {
  fc.assert(
    fc.property(sources, reads, workers, (all, order, workerCounts) => {
      const inputs = all.map(({ declaration, events: own }, i): Source => {
        return { id: SOURCES[i]!, text: textOf(declaration).replaceAll('$', SOURCES[i]!), events: own };
      });
      const plan = planOf([...inputs.map(input => input.text), READERS].join('\n'));
      const endUs =
        Math.max(START_MS * 1_000, ...inputs.flatMap(({ events: own }) => own.map(e => e.arrivalUs))) + 60_000;
      const run = new Run(plan, inputs, workerCounts, endUs);
      const { outputs, contradictions } = run.play(order);
      expect(contradictions).toEqual([]);
      const changes = inputs.flatMap((input, i) => changesOf(input, i, endUs)).sort(byArrival);
      expect(rowsOf(outputs, 'changes')).toEqual(changeRows(changes));
      expect(rowsOf(outputs, 'counts')).toEqual(countRows(changes, endUs));
      const inOneGo = SOURCES.map((_, source): Read => ({ source, count: 25, isTicked: false, disturbance: 'none' }));
      expect(outputs).toEqual(new Run(plan, inputs, [1], endUs).play(inOneGo).outputs);
    }),
    runs(40),
  );
});

function byArrival(a: Change, b: Change): number {
  return a.atUs - b.atUs || a.order - b.order || compareTexts(keyOf(a), keyOf(b));
}

function keyOf({ alert }: Change): string {
  return JSON.stringify(alert.key);
}

/** Of each key, in order. */
function changeRows(changes: readonly Change[]): unknown[] {
  const rows = changes.map(({ atUs, alert }) => {
    const { rule, change, level, values, key } = alert;
    return {
      timeUs: atUs,
      key,
      values: { rule, change, severity: level, site: values['site'], value: values['value'] },
    };
  });
  return rows.sort((a, b) => compareTexts(JSON.stringify(a.key), JSON.stringify(b.key)));
}

/** Of each site, its panes that are over at the end. */
function countRows(changes: readonly Change[], endUs: number): unknown[] {
  const panes = Map.groupBy(
    changes,
    ({ atUs, alert }) => `${alert.values['site']} ${Math.floor(atUs / 1_000 / PANE_MS)}`,
  );
  const rows = [...panes].map(([name, inside]) => {
    const [site, pane] = name.split(' ');
    const timeUs = Number(pane) * PANE_MS * 1_000;
    const values = { n: inside.length, f: inside[0]!.alert.rule, l: inside.at(-1)!.alert.rule };
    return {
      timeUs,
      key: { site: site === 'null' ? null : site },
      values,
    };
  });
  return rows
    .filter(({ timeUs }) => timeUs + PANE_MS * 1_000 <= endUs)
    .sort((a, b) => compareTexts(JSON.stringify(a.key), JSON.stringify(b.key)) || a.timeUs - b.timeUs);
}

function rowsOf(outputs: Readonly<Record<string, readonly Output[]>>, stream: string): unknown[] {
  return Object.values(outputs)
    .flat()
    .flatMap(output => (output.kind === 'row' && output.name === stream ? [output.row] : []))
    .sort((a, b) => compareTexts(JSON.stringify(a.key), JSON.stringify(b.key)));
}

function textOf(of: {
  readonly lateness: string;
  readonly idle: string;
  readonly expire: string;
  readonly rules: readonly string[];
}): string {
  const settings = `lateness ${of.lateness}  idle ${of.idle}  ${of.expire}`;
  const source = `stream $ from memory "$" { key device: symbol  site: symbol  value: float  ${settings} }`;
  return [source, ...of.rules].join('\n');
}
