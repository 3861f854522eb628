/** One way to run a scenario. All of them give the same rows and alerts. */
export type ScenarioMode = {
  readonly name: string;
  readonly batchEvents: number;
  /** Events arrive in another order, each within its stream's lateness. */
  readonly isShuffled: boolean;
  /** The arrival clock ticks at random instants in between. */
  readonly hasTicks: boolean;
  /** How many workers: at first, after the first restore, and so on, going around; null: one engine, and no exchange. */
  readonly workerCounts: readonly number[] | null;
  /** A checkpoint after every so many events, ticks and ends, which cuts a batch short; null: only where the test says so. */
  readonly checkpointEvery: number | null;
  /** At one in so many of these checkpoints it is stopped and restored; the parts since then form the chain. */
  readonly restoreEveryCheckpoints: number;
};

/** Batches as a file gives them, nothing in between, on one engine. */
export const REPLAY: ScenarioMode = {
  name: 'finite replay, batches of 1,000',
  batchEvents: 1_000,
  isShuffled: false,
  hasTicks: false,
  workerCounts: null,
  checkpointEvery: null,
  restoreEveryCheckpoints: 1,
};

/** What `millrace test` runs: the plan cut as `millrace run` cuts it. */
export const AS_RUN: ScenarioMode = { ...REPLAY, name: 'as a run', workerCounts: [1] };

export const SINGLE_ENGINE_MODES: readonly ScenarioMode[] = [
  REPLAY,
  { ...REPLAY, name: 'finite replay, batches of 1', batchEvents: 1 },
  { ...REPLAY, name: 'shuffled within lateness', isShuffled: true },
  { ...REPLAY, name: 'live, with ticks in between', batchEvents: 7, hasTicks: true },
  { ...REPLAY, name: 'stopped and restored after every event', batchEvents: 1, checkpointEvery: 1 },
];

/** Each number of workers meets each size of batch. */
const UNDISTURBED: readonly ScenarioMode[] = [
  workers({ workerCounts: [1], batchEvents: 1, isShuffled: true }),
  workers({ workerCounts: [1], batchEvents: 7, hasTicks: true }),
  workers({ workerCounts: [1], batchEvents: 1_000 }),
  workers({ workerCounts: [2], batchEvents: 1 }),
  workers({ workerCounts: [2], batchEvents: 7, isShuffled: true }),
  workers({ workerCounts: [2], batchEvents: 1_000, hasTicks: true }),
  workers({ workerCounts: [4], batchEvents: 1, hasTicks: true }),
  workers({ workerCounts: [4], batchEvents: 7 }),
  workers({ workerCounts: [4], batchEvents: 1_000, isShuffled: true }),
];

/** Each restore finds another number of workers. */
const RESTORED: readonly ScenarioMode[] = [
  workers({ workerCounts: [1, 2, 4], batchEvents: 1, checkpointEvery: 2 }),
  workers({ workerCounts: [4, 1, 2], batchEvents: 7, checkpointEvery: 3, isShuffled: true }),
  workers({ workerCounts: [2, 4, 1], batchEvents: 1_000, checkpointEvery: 10, hasTicks: true }),
  workers({
    workerCounts: [4, 2, 1],
    batchEvents: 1,
    checkpointEvery: 2,
    restoreEveryCheckpoints: 5,
    isShuffled: true,
  }),
  workers({ workerCounts: [2, 1, 4], batchEvents: 7, checkpointEvery: 3, restoreEveryCheckpoints: 4 }),
];

export const ALL_MODES: readonly ScenarioMode[] = [...SINGLE_ENGINE_MODES, ...UNDISTURBED, ...RESTORED];

function workers(
  mode: Partial<ScenarioMode> & { readonly workerCounts: readonly number[]; readonly batchEvents: number },
): ScenarioMode {
  const { workerCounts, batchEvents, checkpointEvery = null, restoreEveryCheckpoints = 1 } = mode;
  const size = `batches of ${batchEvents.toLocaleString('en')}`;
  const order = mode.isShuffled === true ? ', shuffled' : '';
  const ticks = mode.hasTicks === true ? ', with ticks' : '';
  const restores =
    checkpointEvery === null
      ? ''
      : `, a checkpoint after every ${checkpointEvery}, restored at every ${restoreEveryCheckpoints}`;
  return { ...REPLAY, ...mode, name: `${workerCounts.join(', then ')} workers, ${size}${order}${ticks}${restores}` };
}
