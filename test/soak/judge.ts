import type { Sample } from './measure.ts';

/** What a soak is held to. */
export type Verdict = { readonly what: string; readonly isMet: boolean; readonly found: string };

/** The first half is for warming up: caches fill, the arrays of keys that come and go reach their size. */
export function judge(samples: readonly Sample[], options: { readonly isMemoryJudged: boolean }): readonly Verdict[] {
  const second = samples.slice(samples.length >> 1);
  return [
    ...(options.isMemoryJudged
      ? [
          isFlat('memory of the run', samples, sample => sample.run.rssBytes),
          isFlat('memory of ingest', samples, sample => sample.ingest.rssBytes),
        ]
      : []),
    isAtMost('rounds in flight', samples, sample => sample.maxRoundsInFlight, MAX_ROUNDS),
    isAtMost('MB of journal', samples, sample => sample.journal.bytes / 1e6, MAX_JOURNAL_MB),
    isAtMost('files of the state', samples, sample => sample.state.files, MAX_STATE_FILES),
    isAtMost('files of the journal', samples, sample => sample.journal.files, MAX_JOURNAL_FILES),
    isSteady('descriptors of the run', samples, sample => sample.run.descriptors),
    isSteady('descriptors of ingest', samples, sample => sample.ingest.descriptors),
    {
      what: 'events are handled and checkpoints taken all the time',
      isMet: second.every(sample => sample.eventsPerSecond > 0) && second.some(sample => sample.checkpoints > 0),
      found: `${Math.round(Math.min(...second.map(sample => sample.eventsPerSecond)))} events/s at least`,
    },
  ];
}

/** Grows by less than 1 MB a minute, or its peak does not grow: by neither that rate nor 3 % from the second quarter to the last. */
function isFlat(what: string, samples: readonly Sample[], bytes: (sample: Sample) => number): Verdict {
  const second = samples.slice(samples.length >> 1);
  const growth = slope(second.map(sample => [sample.seconds / 60, bytes(sample) / 1e6]));
  const [before, after] = [quarter(samples, 1), quarter(samples, 3)].map(part => Math.max(...part.map(bytes)) / 1e6);
  const minutes = (second.at(-1)!.seconds - second[0]!.seconds) / 60;
  const isPlateau = after! <= before! + Math.max(MAX_GROWTH_MB * minutes, before! * MAX_PEAK_GROWTH);
  return {
    what: `${what} is flat`,
    isMet: growth < MAX_GROWTH_MB || isPlateau,
    found: `${growth.toFixed(2)} MB a minute; at most ${before!.toFixed(0)} MB in the second quarter, ${after!.toFixed(0)} in the last`,
  };
}

function isAtMost(
  what: string,
  samples: readonly Sample[],
  valueOf: (sample: Sample) => number,
  most: number,
): Verdict {
  const found = Math.max(...samples.map(valueOf));
  return { what: `at most ${most} ${what}`, isMet: found <= most, found: String(Math.round(found)) };
}

/** A checkpoint has some files open while it is written, and a sample falls into it or not. */
function isSteady(what: string, samples: readonly Sample[], valueOf: (sample: Sample) => number): Verdict {
  const [before, after] = [quarter(samples, 1), quarter(samples, 3)].map(part => Math.max(...part.map(valueOf)));
  return {
    what: `${what} do not grow`,
    isMet: after! <= before! + OPEN_FOR_A_CHECKPOINT,
    found: `at most ${before} in the second quarter, ${after} in the last`,
  };
}

function quarter<T>(list: readonly T[], index: number): readonly T[] {
  return list.slice(Math.floor((list.length * index) / 4), Math.floor((list.length * (index + 1)) / 4));
}

/** Least squares. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  const covariance = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return covariance / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

const MAX_GROWTH_MB = 1; // a minute
const MAX_PEAK_GROWTH = 0.03;
const MAX_ROUNDS = 4; // as engine/runtime/rounds.ts hands out
const MAX_STATE_FILES = 120; // two chains of 16 parts of three writers, the manifests, one that is being written
const MAX_JOURNAL_MB = 2_150; // its `maxSize`, which is 2 GiB
const MAX_JOURNAL_FILES = 40; // 32 segments, the marks, the lock
const OPEN_FOR_A_CHECKPOINT = 8;
