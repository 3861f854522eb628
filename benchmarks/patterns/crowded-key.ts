import { compile } from '../../dsl/compile.ts';
import { createColumn, type EventBatch } from '../../engine/batch.ts';
import { Engine } from '../../engine/engine.ts';

const RULES = `stream s from memory "s" { key device: symbol  x: float  time ts as ms }
stream pairs = match a: s[x > 0]+ -> b: s[x < 0] within 1d select a.first.x as first, a.last.x as last, count(a) as n`;
const BATCH_EVENTS = 4_096;

/** `a+ -> b` on so many a's of one key: each begins a match, and is bound in a thousand that wait. */
export function crowdedKey(events: number): {
  readonly events: number;
  readonly seconds: number;
  readonly dropped: number;
  readonly rows: number;
} {
  const { plan } = compile({ file: 'crowded.mill', text: RULES });
  let rows = 0;
  const engine = new Engine(plan!, {
    arrivalClocks: { s: 'as-read' },
    rowStreams: ['pairs'],
    onRows: batch => (rows += batch.length),
  });
  let dropped = 0;
  const startMs = performance.now();
  for (let first = 0; first < events; first += BATCH_EVENTS) {
    engine.push(batchOf(engine, first, Math.min(BATCH_EVENTS, events - first), events));
    for (const { count } of engine.takeDropped()) dropped += count;
  }
  engine.finish('s');
  return { events, seconds: (performance.now() - startMs) / 1_000, dropped, rows };
}

/** Only the last event is a b. */
function batchOf(engine: Engine, first: number, length: number, events: number): EventBatch {
  const device = createColumn('symbol', length);
  const x = createColumn('float', length);
  const timeUs = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    device.values[i] = engine.symbols.idOf('d0');
    x.values[i] = first + i === events - 1 ? -1 : first + i + 1;
    timeUs[i] = (first + i) * 1_000;
  }
  return { stream: 's', length, timeUs, arrivalUs: timeUs.slice(), columns: [device, x], rejected: [] };
}
