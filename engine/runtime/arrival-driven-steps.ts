import type { ArrivalDriven, Frame } from '../operator.ts';
import type { FramePipeline } from './frame-pipeline.ts';

/** Operators behind a timeline that its arrival clock moves by itself, each with what handles the frames that it starts. */
export class ArrivalDrivenSteps {
  #steps: { readonly operator: ArrivalDriven; readonly next: FramePipeline }[] = [];

  add(operator: ArrivalDriven, next: FramePipeline): void {
    this.#steps.push({ operator, next });
  }

  remove(operator: object): void {
    this.#steps = this.#steps.filter(step => step.operator !== operator);
  }

  /** The earliest instant at which one of them has something to do, as ArrivalDriven; Infinity: none has. */
  nextUs(untilUs?: number): number {
    let nextUs = Infinity;
    for (const { operator } of this.#steps) nextUs = Math.min(nextUs, operator.nextArrivalUs(untilUs));
    return nextUs;
  }

  arrive(instantUs: number): void {
    for (const { operator, next } of this.#steps) {
      if (operator.nextArrivalUs() > instantUs) continue;
      run(operator.arrive(instantUs), next, 'clock');
    }
  }

  /** The timeline is at its end. */
  finish(nowUs: number): void {
    for (const { operator, next } of this.#steps) run(operator.finish(nowUs), next, 'end');
  }

  /** Keys of the timeline of which more may be due, or pending, than was known. */
  forEachMoved(use: (keyId: number) => void): void {
    for (const { operator } of this.#steps) for (const keyId of operator.takeMovedKeys()) use(keyId);
  }
}

function run(frame: Frame | undefined, next: FramePipeline, cause: 'clock' | 'end'): void {
  if (frame === undefined) return;
  frame.cause = cause;
  next.run(frame);
}
