/** What simulations went through. */
export type Tally = {
  runs: number;
  lives: number;
  powerCuts: number;
  kills: number;
  stops: number;
  workerDeaths: number;
  /** Lives that ended with a coded error. */
  failures: number;
  planChanges: number;
  damagedFiles: number;
  diskErrors: number;
  failedSyncs: number;
  fullDisks: number;
  failingWrites: number;
  brokenReads: number;
  /** Of the clock that dates arrivals, back. */
  clockSteps: number;
  /** Inputs that were written to a journal while they were read. */
  journals: number;
  checkpoints: number;
  steps: number;
};

export function emptyTally(): Tally {
  return {
    runs: 0,
    lives: 0,
    powerCuts: 0,
    kills: 0,
    stops: 0,
    workerDeaths: 0,
    failures: 0,
    planChanges: 0,
    damagedFiles: 0,
    diskErrors: 0,
    failedSyncs: 0,
    fullDisks: 0,
    failingWrites: 0,
    brokenReads: 0,
    clockSteps: 0,
    journals: 0,
    checkpoints: 0,
    steps: 0,
  };
}

/** `2 runs, 11 lives, 4 power cuts …`, without the steps in between. */
export function tallyText({ steps: _, ...counts }: Tally): string {
  const names = Object.keys(counts) as (keyof typeof counts)[]; // as: the names of its own members
  return names
    .map(name => `${counts[name].toLocaleString('en')} ${name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)}`)
    .join(', ');
}

export function addTally(total: Tally, more: Tally): void {
  for (const name of Object.keys(total) as (keyof Tally)[]) total[name] += more[name]; // as: its own members
}
