import type { Arrivals } from './messages.ts';

/** A time in which answers came too late. */
export type Stall = {
  /** When the first and the last of its events were published, from the start of what is measured. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly longestMs: number;
  readonly answers: number;
};

export const STALL_MS = 100;
/** Late answers are one stall where the events between them are fewer milliseconds apart. */
const JOINED_MS = 500;

/** In order of time; answers come in about the order of their events. */
export function stallsOf({ sentMs, tookMs }: Arrivals): Stall[] {
  const late = [...tookMs.keys()].filter(i => tookMs[i]! > STALL_MS).toSorted((a, b) => sentMs[a]! - sentMs[b]!);
  const stalls: Stall[] = [];
  for (const i of late) {
    const [at, took] = [sentMs[i]!, tookMs[i]!];
    const last = stalls.at(-1);
    if (last === undefined || at - last.toMs > JOINED_MS) {
      stalls.push({ fromMs: at, toMs: at, longestMs: took, answers: 1 });
    } else {
      const longestMs = Math.max(last.longestMs, took);
      stalls[stalls.length - 1] = { fromMs: last.fromMs, toMs: at, longestMs, answers: last.answers + 1 };
    }
  }
  return stalls;
}

/** Those at whose time the others have none: what the machine, the server or the publisher does delays both. */
export function stallsWithout(stalls: readonly Stall[], others: readonly Stall[]): Stall[] {
  return stalls.filter(
    stall => !others.some(other => other.fromMs <= stall.toMs + JOINED_MS && other.toMs + JOINED_MS >= stall.fromMs),
  );
}
