import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import type { Sample } from './measure.ts';

const MINUTES = 30;

/** A soak of half an hour with a sample a minute, as `change` makes each of them. */
function failuresOf(change: (minute: number) => Partial<Sample>): string[] {
  const samples = Array.from({ length: MINUTES }, (_, minute): Sample => ({ ...sampleAt(minute), ...change(minute) }));
  const verdicts = judge(samples, { isMemoryJudged: true });
  return verdicts.filter(({ isMet }) => !isMet).map(({ what }) => what);
}

function sampleAt(minute: number): Sample {
  return {
    seconds: minute * 60,
    events: minute * 1e6,
    eventsPerSecond: 50_000,
    threads: [],
    maxRoundsInFlight: 4,
    checkpoints: 12,
    longestPauseMs: 5,
    longestDurableMs: 300,
    run: memoryOf(500 + (minute % 7) * 5),
    ingest: memoryOf(200),
    state: { files: 60, bytes: 1e8 },
    journal: { files: 10, bytes: 2.5e8 },
  };
}

function memoryOf(megabytes: number): Sample['run'] {
  return { rssBytes: megabytes * 1e6, descriptors: 30 };
}

test('what goes up and down passes', () => {
  expect(failuresOf(() => ({}))).toEqual([]);
});

test('what grows only in the beginning passes', () => {
  expect(failuresOf(minute => ({ run: memoryOf(100 * Math.min(minute, 6)) }))).toEqual([]);
});

test.each<[string, (minute: number) => Partial<Sample>, string]>([
  ['memory that leaks 3 MB a minute', minute => ({ run: memoryOf(500 + 3 * minute) }), 'memory of the run is flat'],
  ['memory of ingest', minute => ({ ingest: memoryOf(100 + 2 * minute) }), 'memory of ingest is flat'],
  [
    'a descriptor a minute',
    minute => ({ run: { rssBytes: 5e8, descriptors: 30 + minute } }),
    'descriptors of the run do not grow',
  ],
  ['files of the state', minute => ({ state: { files: 10 * minute, bytes: 0 } }), 'at most 120 files of the state'],
  ['rounds in flight', () => ({ maxRoundsInFlight: 5 }), 'at most 4 rounds in flight'],
  [
    'a run that stands still',
    minute => ({ eventsPerSecond: minute === 25 ? 0 : 50_000 }),
    'events are handled and checkpoints taken all the time',
  ],
])('is caught: %s', (_, change, what) => {
  expect(failuresOf(change)).toEqual([what]);
});
