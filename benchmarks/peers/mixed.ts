import type { GoldenBatch } from '../golden-stream.ts';
import { absence } from '../patterns/absence.ts';
import { followedBy } from '../patterns/followed-by.ts';
import { rising } from '../patterns/rising.ts';
import { filter } from '../throughput/filter.ts';
import type { HandLoop, HandOutputs, Query } from '../throughput/query.ts';
import { sliding } from '../throughput/sliding.ts';
import { tumbling } from '../throughput/tumbling.ts';

/** In the order in which the peers have them. */
const PARTS = [filter, tumbling, sliding, followedBy, rising, absence];

/**
 * All kinds at once, as a plant has them. Outputs of different questions are added to the same sums; each is checked by itself, too,
 * where it is asked alone.
 */
export const mixed: Query = {
  name: 'mixed',
  title: 'Q1, Q2, Q3, Q4, rising and absence at once',
  rules: PARTS.map(({ rules }) => rules).join('\n'),
  output: PARTS.flatMap(({ output }) => output ?? []),
  createHandLoop: () => new LoopOfLoops(),
};

class LoopOfLoops implements HandLoop {
  readonly #loops = PARTS.map(part => part.createHandLoop());
  readonly outputs: readonly HandOutputs[] = this.#loops.flatMap(({ outputs }) => outputs);

  take(batch: GoldenBatch): void {
    for (const loop of this.#loops) loop.take(batch);
  }

  finish(newestUs: number): void {
    for (const loop of this.#loops) loop.finish(newestUs);
  }
}
