import type { LineWriter } from './line-writer.ts';

const WIDTH = 30;
const MIN_INTERVAL_MS = 100;

/** A bar below the lines of a terminal; a count of `things` where the size of the input is not known. */
export class ProgressBar {
  readonly #writer: LineWriter;
  readonly #things: string;
  #shownMs = -Infinity;

  constructor(writer: LineWriter, things = 'events') {
    this.#writer = writer;
    this.#things = things;
  }

  show({ share, events }: { readonly share: number | null; readonly events: number }): void {
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < MIN_INTERVAL_MS) return;
    this.#shownMs = nowMs;
    const count = `${events.toLocaleString('en')} ${this.#things}`;
    this.#writer.status(share === null ? count : `${bar(share)} ${Math.floor(share * 100)} %  ${count}`);
  }

  hide(): void {
    this.#writer.status('');
  }
}

function bar(share: number): string {
  const filled = Math.round(share * WIDTH);
  return '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
}
