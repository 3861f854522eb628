/**
 * What a plant's constructs cost beside rules that do without: look-ups, silence, escalation, latching.
 * `npm run bench -- plant`; the method is in ../README.md.
 */
import { machine, writeResult } from '../machine.ts';
import { type Spread, spreadOf } from '../spread.ts';
import { type Pass, pass, planOf, plantStream } from './passes.ts';
import { RULE_PAIRS, type RulePair } from './rule-pairs.ts';

const PASSES = 5;
const WARM_UP_PASSES = 2;

type Measured = {
  readonly name: string;
  readonly keys: number;
  readonly events: number;
  readonly tableRows: number;
  readonly alerts: number;
  readonly eventsPerSecond: Spread;
  readonly eventsPerSecondWithout: Spread;
  /** What it takes in times of what it takes without, of passes side by side. */
  readonly times: Spread;
};

console.log('in memory, one thread      events/s    without      times  (least … greatest)     alerts');
const pairs = RULE_PAIRS.map(pair => show(measure(pair)));
console.log(`\n${writeResult('plant', { machine: machine(), pairs })}`);

function measure(pair: RulePair): Measured {
  const { name, keys, events, tableRows = 0 } = pair;
  const stream = plantStream(pair);
  const plans = [pair.with, pair.without].map(planOf);
  const passes: (readonly Pass[])[] = [];
  for (let i = 0; i < WARM_UP_PASSES + PASSES; i++) passes.push(plans.map(plan => pass(plan, stream, tableRows)));
  for (const rule of pair.same) requireSame(pair, rule, passes);
  const timed = passes.slice(WARM_UP_PASSES);
  const rates = (which: 0 | 1) => spreadOf(timed.map(both => events / both[which]!.seconds));
  const alerts = [...timed[0]![0]!.alerts.values()].reduce((sum, count) => sum + count, 0);
  return {
    name,
    keys,
    events,
    tableRows,
    alerts,
    eventsPerSecond: rates(0),
    eventsPerSecondWithout: rates(1),
    times: spreadOf(timed.map(([a, b]) => a!.seconds / b!.seconds)),
  };
}

function requireSame({ name }: RulePair, rule: string, passes: readonly (readonly Pass[])[]): void {
  const counts = new Set(passes.flat().map(({ alerts }) => alerts.get(rule)));
  if (counts.size !== 1 || counts.has(undefined)) throw new Error(`${name}: alerts of ${rule}: ${[...counts]}`);
}

function show(measured: Measured): Measured {
  const { name, eventsPerSecond, eventsPerSecondWithout, times, alerts } = measured;
  const rates = [eventsPerSecond, eventsPerSecondWithout].map(inMillions).join('');
  const ratios = `${times.median.toFixed(2).padStart(10)}  (${times.least.toFixed(2)} … ${times.greatest.toFixed(2)})`;
  console.log(`${name.padEnd(24)}${rates}${ratios}${String(alerts).padStart(12)}`);
  return measured;
}

function inMillions({ median }: Spread): string {
  return `${(median / 1e6).toPrecision(3)} M`.padStart(11);
}
