import { compile } from '../../dsl/compile.ts';
import { createColumn, type EventBatch } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';

const BATCH_EVENTS = 1_024;

export type SeriesReading = { readonly timeUs: number; readonly values: readonly number[] };

/**
 * What `anomaly` says of each reading, by a rule file and the engine as in operation; 0 where it says nothing yet, or the reading
 * comes late.
 */
export function anomalyScores(readings: readonly SeriesReading[]): Float64Array {
  const names = readings[0]!.values.map((_, i) => `x${i}`);
  const text = `stream s from memory "s" { key unit: symbol  place: int  ${names.map(name => `${name}: float`).join('  ')} }
stream scored = from s select anomaly(${names.join(', ')}) as score, place as row_of`;
  const { plan, diagnostics } = compile({ file: 'quality.mill', text });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  const scores = new Float64Array(readings.length);
  const engine = new Engine(plan, {
    rowStreams: ['scored'],
    onRows: batch => {
      for (const { values } of batch.rows) scores[values['row_of'] as number] = (values['score'] as number | null) ?? 0;
    },
  });
  for (let first = 0; first < readings.length; first += BATCH_EVENTS)
    engine.push(batchOf(engine, readings.slice(first, first + BATCH_EVENTS), first));
  engine.finish('s');
  return scores;
}

function batchOf(engine: Engine, readings: readonly SeriesReading[], first: number): EventBatch {
  const { length } = readings;
  const unit = createColumn('symbol', length);
  const place = createColumn('int', length);
  const columns = readings[0]!.values.map(() => createColumn('float', length));
  const timeUs = Float64Array.from(readings, reading => reading.timeUs);
  for (const [i, { values }] of readings.entries()) {
    unit.values[i] = engine.symbols.idOf('u');
    place.values[i] = first + i;
    for (const [field, value] of values.entries()) columns[field]!.values[i] = value;
  }
  return { stream: 's', length, timeUs, arrivalUs: timeUs.slice(), columns: [unit, place, ...columns], rejected: [] };
}
