/** One way to run a scenario. All of them give the same rows and alerts. */
export type ScenarioMode = {
  readonly name: string;
  readonly batchEvents: number;
  /** Events arrive in another order, each within its stream's lateness. */
  readonly isShuffled: boolean;
  /** The arrival clock ticks at random instants in between. */
  readonly hasTicks: boolean;
  readonly isRestoredAfterEveryEvent: boolean;
};

/** What `millrace test` runs: batches as a file gives them, nothing in between. */
export const REPLAY: ScenarioMode = {
  name: 'finite replay, batches of 1,000',
  batchEvents: 1_000,
  isShuffled: false,
  hasTicks: false,
  isRestoredAfterEveryEvent: false,
};

export const ALL_MODES: readonly ScenarioMode[] = [
  REPLAY,
  { ...REPLAY, name: 'finite replay, batches of 1', batchEvents: 1 },
  { ...REPLAY, name: 'shuffled within lateness', isShuffled: true },
  { ...REPLAY, name: 'live, with ticks in between', batchEvents: 7, hasTicks: true },
  { ...REPLAY, name: 'stopped and restored after every event', batchEvents: 1, isRestoredAfterEveryEvent: true },
];
