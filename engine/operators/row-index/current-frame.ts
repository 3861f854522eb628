import type { Frame } from '../../operator.ts';

/** The frame that an index is at. Its number tells it from the one before, which may have been the same object. */
export class CurrentFrame {
  number = 0;
  #frame: Frame | undefined;

  open(frame: Frame): void {
    this.#frame = frame;
    this.number++;
  }

  get frame(): Frame {
    return this.#frame!; // it is asked for within `process` only
  }
}
