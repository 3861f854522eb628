import type { GoldenBatch } from '../../golden-stream.ts';
import { OutputSum } from '../../output-sum.ts';
import { addOutputs, newestUs, outputCount } from '../../throughput/passes.ts';
import type { HandLoop, Query } from '../../throughput/query.ts';
import { type Contestant, type InputEvents, type Pass, timed } from './contestant.ts';

const BATCH_EVENTS = 4_096;

/** The limit: what somebody would write instead of rules, over columns; JSON is parsed by `JSON.parse`, into such columns. */
export const handLoop: Contestant = {
  version: `Node ${process.version}`,

  sum(query, events) {
    const sum = new OutputSum();
    run(query, events, loop => addOutputs(sum, loop));
    return sum;
  },

  pass(query, events): Pass {
    let outputs = 0;
    const elapsed = timed(() => run(query, events, loop => (outputs += outputCount(loop))));
    return { ...elapsed, outputs };
  },
};

function run(query: Query, events: InputEvents, onOutputs: (loop: HandLoop) => void): void {
  const loop = query.createHandLoop();
  const take = (batch: GoldenBatch): void => {
    loop.take(batch);
    onOutputs(loop);
  };
  if (events.entrance === 'memory') events.stream.batches.forEach(take);
  else parseAll(events.messages, take);
  loop.finish(events.entrance === 'memory' ? newestUs(events.stream) : events.newestUs);
  onOutputs(loop);
}

type Reading = {
  readonly ts: number;
  readonly device: string;
  readonly temperature: number;
  readonly vibration: number;
  readonly status: number;
};

/** The columns are used again for each batch. */
function parseAll(messages: readonly Buffer[], take: (batch: GoldenBatch) => void): void {
  const columns = {
    timeUs: new Float64Array(BATCH_EVENTS),
    device: new Uint32Array(BATCH_EVENTS),
    temperature: new Float64Array(BATCH_EVENTS),
    vibration: new Float64Array(BATCH_EVENTS),
    status: new Float64Array(BATCH_EVENTS),
  };
  for (let from = 0; from < messages.length; from += BATCH_EVENTS) {
    const length = Math.min(BATCH_EVENTS, messages.length - from);
    for (let row = 0; row < length; row++) {
      const reading: Reading = JSON.parse(messages[from + row]!.toString());
      columns.timeUs[row] = reading.ts * 1_000;
      columns.device[row] = Number(reading.device.slice(1));
      columns.temperature[row] = reading.temperature;
      columns.vibration[row] = reading.vibration;
      columns.status[row] = reading.status;
    }
    take({ length, ...columns, arrivalUs: columns.timeUs });
  }
}
