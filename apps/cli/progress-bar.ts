import type { LineWriter } from './line-writer.ts';

const WIDTH = 30;
const MIN_INTERVAL_MS = 100;

type Progress = { readonly share: number | null; readonly events: number };

/** A bar below the lines of a terminal; a count of `things` where the size of the input is not known. */
export class ProgressBar {
  readonly #writer: LineWriter;
  readonly #things: string;
  #progress: Progress = { share: null, events: 0 };
  #behind: number | null = null; // messages of live sources; null: not known
  #shownMs = -Infinity;

  constructor(writer: LineWriter, things = 'events') {
    this.#writer = writer;
    this.#things = things;
  }

  show(progress: Progress): void {
    this.#progress = progress;
    const nowMs = performance.now();
    if (nowMs - this.#shownMs < MIN_INTERVAL_MS) return;
    this.#shownMs = nowMs;
    this.#draw();
  }

  showBehind(behind: number | null): void {
    this.#behind = behind;
    this.#draw();
  }

  hide(): void {
    this.#writer.status('');
  }

  #draw(): void {
    const { share, events } = this.#progress;
    const shown = share === null ? '' : `${bar(share)} ${Math.floor(share * 100)} %  `;
    const behind = this.#behind === null ? '' : `, ${this.#behind.toLocaleString('en')} behind`;
    this.#writer.status(`${shown}${events.toLocaleString('en')} ${this.#things}${behind}`);
  }
}

export function bar(share: number): string {
  const filled = Math.round(share * WIDTH);
  return '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
}
