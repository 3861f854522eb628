import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine } from '../../engine/engine.ts';
import {
  DECLARATION,
  engineBatches,
  KEYS,
  type ReadingBatch,
  type ReadingStream,
  WARM_SHARE,
} from './reading-stream.ts';

export type Pass = { readonly eventsPerSecond: number };

/** A rule that nothing raises, on what the call gives; without a call, on x itself. */
export function rulePlan(call: string | null): Plan {
  const isCondition = call?.startsWith('flatline') === true;
  const condition = isCondition ? `${call} and x > 1e300` : `${call ?? 'x'} > 1e300`;
  return planOf(`rule odd on s { low when ${condition} }`);
}

/** A new engine over the whole stream, timed from where all detectors are warm. */
export function enginePass(plan: Plan, stream: ReadingStream): Pass {
  const engine = new Engine(plan, {
    symbols: stream.symbols,
    arrivalClocks: { s: 'as-read' },
    onAlert: ({ rule }) => {
      throw new Error(`${rule} is never raised`);
    },
  });
  return timed(engineBatches(stream, plan), batch => engine.push(batch));
}

/** What a loop by hand takes that keeps something of each key: an exponentially weighted mean and variance. */
export function barePass(stream: ReadingStream): Pass {
  const means = new Float64Array(KEYS);
  const variances = new Float64Array(KEYS);
  let far = 0;
  const pass = timed(stream.batches, ({ length, machine, x }: ReadingBatch) => {
    for (let i = 0; i < length; i++) {
      const key = machine[i]!;
      const distance = x[i]! - means[key]!;
      const step = 0.01 * distance;
      if (distance * distance > 1e300 * variances[key]!) far++;
      means[key] = means[key]! + step;
      variances[key] = 0.99 * (variances[key]! + step * distance);
    }
  });
  if (far > stream.batches[0]!.length) throw new Error(`${far} readings are far out`);
  return pass;
}

/** How many bytes the detector keeps of a key; and the share of readings, once all are warm, of which it says something. */
export function saidOf(call: string, stream: ReadingStream): { readonly bytesPerKey: number; readonly share: number } {
  const plan = planOf(`stream scored = from s select ${call} as score`);
  const detector = plan.nodes.find(({ kind }) => kind === 'detector')!;
  let said = 0;
  let rows = 0;
  const fromUs = stream.batches[warmBatch(stream.batches)]!.timeUs[0]!;
  const engine = new Engine(plan, {
    symbols: stream.symbols,
    arrivalClocks: { s: 'as-read' },
    rowStreams: ['scored'],
    onRows: batch => {
      for (const { timeUs, values } of batch.rows) {
        if (timeUs < fromUs) continue;
        rows++;
        if (values['score'] !== null) said++;
      }
    },
  });
  for (const batch of engineBatches(stream, plan)) engine.push(batch);
  return { bytesPerKey: Math.round(engine.stateBytes().get(detector.id)! / KEYS), share: said / rows };
}

function timed<B extends { readonly length: number }>(batches: readonly B[], push: (batch: B) => void): Pass {
  const warm = warmBatch(batches);
  for (const batch of batches.slice(0, warm)) push(batch);
  const rest = batches.slice(warm);
  const startMs = performance.now();
  for (const batch of rest) push(batch);
  const seconds = (performance.now() - startMs) / 1_000;
  return { eventsPerSecond: rest.reduce((sum, { length }) => sum + length, 0) / seconds };
}

function warmBatch(batches: readonly unknown[]): number {
  return Math.floor(batches.length * WARM_SHARE);
}

function planOf(rules: string): Plan {
  const { plan, diagnostics } = compile({ file: 'detectors.mill', text: DECLARATION + rules });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}
