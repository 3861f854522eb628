import type { Column, FloatColumn } from '../batch.ts';
import type { RangeSteps } from '../state/range-steps.ts';
import type { RangeAggregate } from './range-aggregate.ts';
import type { RangeInput } from './range-input.ts';

/** `count(x)` of values that nothing else is asked of. */
export class RangeCount implements RangeAggregate {
  readonly bytesPerRow = 0;
  readonly bytesPerKey = 0;
  readonly stateBytes = 0;
  readonly #input: RangeInput;

  constructor(input: RangeInput) {
    this.#input = input;
  }

  follow(steps: RangeSteps, output: Column): void {
    const { values } = output as FloatColumn;
    const { counts } = this.#input;
    for (let step = 0; step < steps.length; step++) {
      values[steps.entries[step]!] = counts[step]!;
    }
  }

  forget(): void {}
}
