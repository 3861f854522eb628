import type { HistoryProgress } from '../../../engine/runtime/history/replay-history.ts';
import { LineWriter } from '../line-writer.ts';
import { bar } from '../progress-bar.ts';
import { isTerminal } from '../terminal.ts';

/** How far a replay has come and how long it will take, below what else stands on a terminal; elsewhere nothing. */
export class ReplayProgress {
  readonly #writer: LineWriter | null;
  readonly #startMs = performance.now();

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#writer = isTerminal(stream) ? new LineWriter(stream) : null;
  }

  show({ share, events }: HistoryProgress): void {
    this.#writer?.status(progressText({ share, events, elapsedMs: performance.now() - this.#startMs }));
  }

  hide(): void {
    this.#writer?.status('');
    this.#writer?.flush();
  }
}

export function progressText({ share, events, elapsedMs }: HistoryProgress & { readonly elapsedMs: number }): string {
  const done = `${bar(share)} ${Math.floor(share * 100)} %  ${events.toLocaleString('en')} events`;
  if (share < KNOWN_SHARE || share >= 1) return done;
  return `${done}, about ${durationText((elapsedMs / share) * (1 - share))} left`;
}

/** In two units at most. */
function durationText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

/** Before that an estimate says nothing. */
const KNOWN_SHARE = 0.01;
