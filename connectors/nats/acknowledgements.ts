/**
 * How to acknowledge what was delivered, for streams that keep messages until then: the reply subjects of some messages,
 * in order. Acknowledging one acknowledges all before it, so it is enough to know the last of each read.
 */
export class Acknowledgements {
  readonly #marks: { readonly sequence: number; readonly reply: string }[] = []; // bound: MAX_MARKS
  #acknowledged = 0;

  add(sequence: number, reply: string): void {
    if (sequence <= this.#acknowledged) return;
    if (this.#marks.length === MAX_MARKS) this.#thin();
    this.#marks.push({ sequence, reply });
  }

  /** Where to send the acknowledgement of everything up to this; undefined: nothing new is known below it. */
  take(sequence: number): string | undefined {
    const count = this.#marks.findLastIndex(mark => mark.sequence <= sequence) + 1;
    if (count === 0) return undefined;
    const last = this.#marks[count - 1]!;
    this.#marks.splice(0, count);
    this.#acknowledged = last.sequence;
    return last.reply;
  }

  /** Reply subjects of before a reset count otherwise. */
  clear(): void {
    this.#marks.length = 0;
    this.#acknowledged = 0;
  }

  /** Where a run keeps no checkpoints, or far between: every second one is dropped, and later ones cover it. */
  #thin(): void {
    for (let i = 0; i < MAX_MARKS / 2; i++) this.#marks[i] = this.#marks[2 * i + 1]!;
    this.#marks.length = MAX_MARKS / 2;
  }
}

const MAX_MARKS = 4096;
