/**
 * JetStream to rules and to QuestDB, against a bare consumer of the same client that parses the same
 * JSON. `npm run bench -- throughput` runs it last; the method is in ../../README.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats, startQuestDb } from '../../../scripts/services/index.js';
import { machine, writeResult } from '../../machine.ts';
import { type Spread, spreadOf } from '../../spread.ts';
import { bareConsumer } from './bare-consumer.ts';
import { enginePass, rulesOf, storedRulesOf } from './engine-pass.ts';
import { EVENTS, fillStreams, GROUP_EVENTS, SUBJECTS } from './fill-streams.ts';

const PASSES = 5;

const folder = mkdtempSync(join(tmpdir(), 'millrace-jetstream-'));
const [nats, questDb] = await Promise.all([
  startNats({ directory: join(folder, 'nats') }),
  startQuestDb({ directory: join(folder, 'questdb') }),
]);
try {
  await fillStreams(nats.url);
  const rates = await measureRates();
  for (const [name, rate] of Object.entries(rates)) console.log(`${name.padEnd(44)} ${thousands(rate)} events/s`);
  const ratios = ratiosOf(rates);
  console.log('');
  for (const [name, ratio] of Object.entries(ratios)) console.log(`${name.padEnd(70)} ${inSpread(ratio)}`);

  const result = {
    machine: machine(),
    events: EVENTS,
    rates,
    ratios,
  };
  console.log(`\n${writeResult('jetstream', result)}`);
} finally {
  await Promise.all([nats.stop(), questDb.stop()]);
  rmSync(folder, { recursive: true, force: true });
}

type Rate = Spread & { readonly passes: readonly number[] };

type Rates = Awaited<ReturnType<typeof measureRates>>;

async function measureRates() {
  const single = { rules: rulesOf(SUBJECTS.single), nats: nats.url };
  const grouped = { rules: rulesOf(SUBJECTS.grouped), nats: nats.url };
  const stored = (subject: string, pass: number) => ({
    rules: storedRulesOf(subject),
    nats: nats.url,
    questDb: questDb.url,
    stateDirectory: join(folder, `state-${subject}-${pass}`),
  });
  return await alternate({
    'bare consumer': () => bareConsumer(nats.url, 'SINGLE'),
    'rule, calling thread': () => enginePass({ ...single, workerCount: 0 }),
    'rule, 1 worker': () => enginePass({ ...single, workerCount: 1 }),
    [`bare consumer, ${GROUP_EVENTS} a message` as const]: () => bareConsumer(nats.url, 'GROUPED'),
    [`rule, 1 worker, ${GROUP_EVENTS} a message` as const]: () => enginePass({ ...grouped, workerCount: 1 }),
    'raw and 1-minute series': pass => enginePass({ ...stored(SUBJECTS.single, pass), workerCount: 1 }),
    [`raw and 1-minute series, ${GROUP_EVENTS} a message` as const]: pass =>
      enginePass({ ...stored(SUBJECTS.grouped, pass), workerCount: 1 }),
  });
}

/** Each in its turn, after one pass to warm up. */
async function alternate<Name extends string>(
  measures: Readonly<Record<Name, (pass: number) => Promise<number>>>,
): Promise<Readonly<Record<Name, Rate>>> {
  const names = Object.keys(measures) as Name[];
  const passes = new Map<Name, number[]>(names.map(name => [name, []]));
  for (let pass = 0; pass <= PASSES; pass++) {
    for (const name of names) {
      const rate = await measures[name](pass);
      if (pass > 0) passes.get(name)!.push(Math.round(rate));
    }
  }
  const rates: Partial<Record<Name, Rate>> = {};
  for (const [name, measured] of passes) rates[name] = { ...spreadOf(measured), passes: measured };
  return rates as Record<Name, Rate>; // as: of all names
}

/** Of passes side by side. */
function ratiosOf(rates: Rates): Readonly<Record<string, Spread>> {
  const ratio = (name: keyof Rates, to: keyof Rates): Spread =>
    spreadOf(rates[name].passes.map((rate, pass) => rate / rates[to].passes[pass]!));
  return {
    'one event a message → a rule, to a bare consumer (calling thread)': ratio('rule, calling thread', 'bare consumer'),
    'one event a message → a rule, to a bare consumer (1 worker)': ratio('rule, 1 worker', 'bare consumer'),
    'a hundred events a message, to one': ratio('rule, 1 worker, 100 a message', 'rule, 1 worker'),
    'a hundred events a message, to a bare consumer of them': ratio(
      'rule, 1 worker, 100 a message',
      'bare consumer, 100 a message',
    ),
    'raw and 1-minute series, durable, to a bare consumer': ratio('raw and 1-minute series', 'bare consumer'),
  };
}

function thousands(rate: Spread): string {
  return `${Math.round(rate.median / 1_000)}k  (${Math.round(rate.least / 1_000)} … ${Math.round(rate.greatest / 1_000)})`;
}

function inSpread({ median, least, greatest }: Spread): string {
  return `${median.toFixed(2)}  (${least.toFixed(2)} … ${greatest.toFixed(2)})`;
}
