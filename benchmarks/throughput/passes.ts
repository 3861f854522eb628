import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { Engine, type EngineOptions } from '../../engine/engine.ts';
import { declaration, engineBatches, type GoldenStream } from '../golden-stream.ts';
import { OutputSum } from '../output-sum.ts';
import type { HandLoop, Query } from './query.ts';

export function planOf(query: Query): Plan {
  const { plan, diagnostics } = compile({
    file: `${query.name}.mill`,
    text: (query.declaration ?? declaration(query.latenessText)) + query.rules,
  });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

/** Seconds that a new engine takes for the whole stream; its outputs are counted. */
export function enginePass(plan: Plan, query: Query, stream: GoldenStream, expected: OutputSum): number {
  let count = 0;
  const engine = createEngine(plan, query, stream, {
    onRows: batch => (count += batch.length),
    onAlert: () => count++,
  });
  const batches = engineBatches(stream, plan);
  const startMs = performance.now();
  for (const batch of batches) engine.push(batch);
  engine.finish('s');
  const seconds = (performance.now() - startMs) / 1_000;
  checkCount(count, expected, query);
  return seconds;
}

export function handPass(query: Query, stream: GoldenStream, expected: OutputSum): number {
  const loop = query.createHandLoop();
  let count = 0;
  const startMs = performance.now();
  for (const batch of stream.batches) {
    loop.take(batch);
    count += outputCount(loop);
  }
  loop.finish(newestUs(stream));
  count += outputCount(loop);
  const seconds = (performance.now() - startMs) / 1_000;
  checkCount(count, expected, query);
  return seconds;
}

/** The sums of the outputs, which are the same for both. */
export function checkOutputs(plan: Plan, query: Query, stream: GoldenStream): OutputSum {
  const byHand = handSum(query, stream);
  byHand.check(engineSum(plan, query, stream), query.name);
  return byHand;
}

export function engineSum(plan: Plan, query: Query, stream: GoldenStream): OutputSum {
  const sum = new OutputSum();
  const engine = createEngine(plan, query, stream, adding(sum));
  for (const batch of engineBatches(stream, plan)) engine.push(batch);
  engine.finish('s');
  return sum;
}

/** Outputs that are added up. */
export function adding(sum: OutputSum): EngineOptions {
  return {
    onRows: batch => batch.rows.forEach(row => sum.addRow(row)),
    onAlert: change => sum.addAlert(change),
  };
}

export function createEngine(
  plan: Plan,
  query: Query,
  { symbols }: Pick<GoldenStream, 'symbols'>,
  outputs: EngineOptions,
): Engine {
  return new Engine(plan, {
    symbols,
    arrivalClocks: { s: 'as-read' },
    rowStreams: query.output === null ? [] : [query.output].flat(),
    ...outputs,
  });
}

export function handSum(query: Query, stream: GoldenStream): OutputSum {
  const sum = new OutputSum();
  const loop = query.createHandLoop();
  for (const batch of stream.batches) {
    loop.take(batch);
    addOutputs(sum, loop);
  }
  loop.finish(newestUs(stream));
  addOutputs(sum, loop);
  return sum;
}

export function addOutputs(sum: OutputSum, { outputs }: HandLoop): void {
  for (const { length, columns } of [outputs].flat()) {
    const [timeUs, device, ...values] = columns;
    for (let i = 0; i < length; i++)
      sum.add(
        timeUs![i]!,
        device![i]!,
        values.map(column => column[i]!),
      );
  }
}

export function outputCount({ outputs }: HandLoop): number {
  return 'columns' in outputs ? outputs.length : outputs.reduce((count, each) => count + each.length, 0);
}

export function newestUs({ batches }: GoldenStream): number {
  return batches.at(-1)!.timeUs.at(-1)!;
}

function checkCount(count: number, expected: OutputSum, query: Query): void {
  if (count !== expected.count) throw new Error(`${query.name}: ${count} outputs instead of ${expected.count}`);
}
