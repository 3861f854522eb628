import type { Column, FloatColumn } from '../batch.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

export class RangeCount implements RangeAggregate {
  readonly bytesPerRow = 0;
  readonly bytesPerKey = 0;
  readonly stateBytes = 0;
  readonly #input: RangeInput | undefined;

  constructor(input: RangeInput | undefined) {
    this.#input = input;
  }

  follow(steps: RangeSteps, output: Column): void {
    const { values } = output as FloatColumn;
    const counts = this.#input?.counts;
    for (let step = 0; step < steps.length; step++) {
      values[steps.entries[step]!] = counts === undefined ? steps.tails[step]! - steps.heads[step]! : counts[step]!;
    }
  }

  forget(): void {}
}
