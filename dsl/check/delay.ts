import type { RunnableWindow } from './window.ts';

/**
 * How much later a row of a stream may come than another stream's of its time, on the arrival clock: for one order of several
 * (MEANING.md 5). `latenessUs`: while events of its key come; `quietUs`: where none come any more.
 */
export type Delay = { readonly latenessUs: number; readonly quietUs: number };

/** Of what has its arrival as its time. */
export const NO_DELAY: Delay = { latenessUs: 0, quietUs: 0 };

export function sourceDelay({
  latenessUs,
  idleUs,
}: {
  readonly latenessUs: number;
  readonly idleUs: number | null;
}): Delay {
  return { latenessUs, quietUs: Math.max(latenessUs, idleUs ?? 0) };
}

/** Rows of panes have their start as their time, and come when the key's time has passed their end, be it silent by then. */
export function windowDelay(delay: Delay, window: RunnableWindow | null): Delay {
  const openUs = window === null ? null : longestPaneUs(window);
  if (openUs === null) return delay;
  const us = delay.quietUs + openUs;
  return { latenessUs: us, quietUs: us };
}

/** Rows wait for the other keys that make the same one, for as long as these count as active. */
export function rekeyDelay({ latenessUs, quietUs }: Delay): Delay {
  const us = latenessUs + Math.max(quietUs, ACTIVE_US);
  return { latenessUs: us, quietUs: us };
}

/** A merged row waits for the other streams, and these may wait for what they have heard of. */
export function mergedDelay(delays: readonly Delay[]): Delay {
  const latenessUs = Math.max(...delays.map(delay => delay.latenessUs));
  const quietUs = Math.max(...delays.map(delay => delay.quietUs));
  return { latenessUs: 3 * latenessUs, quietUs: 2 * latenessUs + quietUs };
}

/** Null: a row has the time of an event, and comes with it. A pane without a bound is refused where streams meet. */
function longestPaneUs(window: RunnableWindow): number | null {
  switch (window.kind) {
    case 'sliding':
    case 'count':
      return null;
    case 'aligned':
      return window.sizeUs + (window.zone === null ? 0 : SET_BACK_US);
    case 'session':
    case 'state':
      return window.maxUs ?? 0;
  }
}

const ACTIVE_US = 30_000_000; // MEANING.md 6, under `idle never`
const SET_BACK_US = 7_200_000_000; // no local clock is set back by more
