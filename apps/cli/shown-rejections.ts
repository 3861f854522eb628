import type { Rejection } from '../../engine/batch.ts';
import { printable } from './printable.ts';
import type { Colours } from './terminal.ts';

/** The first rejections with each code, in lines for people; all are counted. */
export class ShownRejections {
  readonly #colours: Colours;
  readonly #counts = new Map<string, number>(); // by code

  constructor(colours: Colours) {
    this.#colours = colours;
  }

  /** What is to be shown of it. */
  take({ code, stream, reason }: Pick<Rejection, 'code' | 'stream' | 'reason'>): readonly string[] {
    const count = (this.#counts.get(code) ?? 0) + 1;
    this.#counts.set(code, count);
    if (count > SHOWN_PER_CODE) return [];
    const line = this.#colours.yellow(`rejected[${code}] ${stream}: ${printable(reason)}`);
    return count < SHOWN_PER_CODE ? [line] : [line, `rejected[${code}] … further ones are only counted`];
  }

  counts(): readonly string[] {
    return [...this.#counts].map(
      ([code, count]) => `${count.toLocaleString('en')} rejected with ${code}: millrace explain ${code}`,
    );
  }
}

const SHOWN_PER_CODE = 3;
