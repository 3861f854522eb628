/**
 * One order of several streams as MEANING.md 5 says it, of one key, looking at everything anew at each millisecond. Entries are
 * what an input tells: the time that it has come to, and whether that is a row's.
 */
export type ToldEntry = {
  readonly input: number;
  readonly timeMs: number;
  /** When its event arrived; and when it was told of, which is what counts but where rows are of one time. */
  readonly cameMs: number;
  readonly arrivalMs: number;
  /** Null: it only moves time. */
  readonly value: number | null;
};

export type InputDelays = { readonly latenessMs: number; readonly quietMs: number };

/** A row that is handed over, or what was due; and when, on the arrival clock. */
export type Handed =
  | { readonly kind: 'row'; readonly value: number; readonly timeMs: number; readonly atMs: number }
  | { readonly kind: 'due'; readonly timeMs: number; readonly atMs: number };

/** `entries`: in order of arrival. With each row something comes due `dueMs` after its time. */
export function mergedOrder(
  entries: readonly ToldEntry[],
  { delays, dueMs, endMs }: { readonly delays: readonly InputDelays[]; readonly dueMs: number; readonly endMs: number },
): { readonly handed: readonly Handed[]; readonly late: number } {
  const key = new Key(delays, dueMs);
  const fromMs = entries[0]?.arrivalMs ?? endMs;
  for (let atMs = fromMs; atMs <= endMs; atMs++) {
    key.move(atMs - 0.001); // a microsecond before
    const now = entries.filter(entry => entry.arrivalMs === atMs);
    for (const entry of now) key.hear(entry);
    key.move(atMs);
  }
  key.end(endMs);
  return { handed: key.handed, late: key.late };
}

class Key {
  readonly handed: Handed[] = [];
  late = 0;
  readonly #delays: readonly InputDelays[];
  readonly #dueMs: number;
  readonly #told: { timeMs: number; atMs: number; lastMs: number; cameMs: number }[];
  readonly #inputs: readonly number[];
  #waiting: ToldEntry[] = [];
  #dues: number[] = [];
  #cameToMs = -Infinity;

  constructor(delays: readonly InputDelays[], dueMs: number) {
    this.#delays = delays;
    this.#dueMs = dueMs;
    this.#inputs = delays.map((_, input) => input);
    this.#told = delays.map(() => ({ timeMs: -Infinity, atMs: -Infinity, lastMs: -Infinity, cameMs: -Infinity }));
  }

  hear(entry: ToldEntry): void {
    if (entry.value === null && this.#delays[entry.input]!.latenessMs === 0) return; // that is a late event's
    const told = this.#told[entry.input]!;
    told.timeMs = Math.max(told.timeMs, entry.timeMs);
    told.atMs = entry.arrivalMs;
    if (entry.cameMs >= told.cameMs) {
      told.cameMs = entry.cameMs; // what has come last is what silence counts from
      told.lastMs = entry.timeMs;
    }
    if (entry.timeMs >= this.#cameToMs) this.#waiting.push(entry);
    else if (entry.value !== null) this.late++;
  }

  move(nowMs: number): void {
    for (let first = this.#first(); first !== undefined && this.#passes(first, nowMs); first = this.#first()) {
      this.#handOver(first, nowMs);
    }
    const limitMs = this.#first()?.timeMs ?? Infinity;
    for (const input of this.#inputs) {
      const own = this.#waiting.filter(entry => entry.input === input).slice(0, 1);
      const levels = own.length > 0 ? own : this.#silentLevels(input, nowMs);
      for (const level of levels) {
        // Of a time that is on the way to a level, too: others may have come to that alone.
        for (const timeMs of [level.timeMs, ...this.#inputs.map(other => this.#levelAt(other, nowMs)), ...this.#dues]) {
          const reached = { ...level, timeMs };
          if (timeMs <= level.timeMs && timeMs <= limitMs && this.#passes(reached, nowMs)) this.#come(timeMs, nowMs);
        }
      }
    }
  }

  end(nowMs: number): void {
    for (let first = this.#first(); first !== undefined; first = this.#first()) this.#handOver(first, nowMs);
  }

  #first(): ToldEntry | undefined {
    return [...this.#waiting].sort((a, b) => a.timeMs - b.timeMs || a.cameMs - b.cameMs || a.input - b.input)[0];
  }

  #handOver(entry: ToldEntry, nowMs: number): void {
    this.#waiting = this.#waiting.filter(other => other !== entry);
    this.#come(entry.timeMs, nowMs);
    if (entry.value === null) return;
    this.handed.push({ kind: 'row', value: entry.value, timeMs: entry.timeMs, atMs: nowMs });
    this.#dues.push(entry.timeMs + this.#dueMs);
  }

  #come(timeMs: number, nowMs: number): void {
    this.#cameToMs = Math.max(this.#cameToMs, timeMs);
    const due = this.#dues.filter(dueMs => dueMs <= timeMs).sort((a, b) => a - b);
    this.#dues = this.#dues.filter(dueMs => dueMs > timeMs);
    for (const dueMs of due) this.handed.push({ kind: 'due', timeMs: dueMs, atMs: nowMs });
  }

  #passes({ input, timeMs, arrivalMs }: Pick<ToldEntry, 'input' | 'timeMs' | 'arrivalMs'>, nowMs: number): boolean {
    return this.#inputs.every(other => {
      if (other === input || this.#levelAt(other, nowMs) >= timeMs) return true;
      const { latenessMs } = this.#delays[other]!;
      const heardMs = Math.min(this.#told[other]!.atMs, arrivalMs + latenessMs);
      return nowMs >= Math.max(arrivalMs, heardMs) + latenessMs;
    });
  }

  /** What an input tells, and how far its silence has let it come since. */
  #levelAt(input: number, atMs: number): number {
    const { timeMs, atMs: toldAtMs, lastMs, cameMs } = this.#told[input]!;
    const { quietMs, latenessMs } = this.#delays[input]!;
    if (toldAtMs > atMs || timeMs === -Infinity) return -Infinity;
    return Math.max(timeMs, lastMs + atMs - Math.max(cameMs, lastMs) - Math.max(quietMs, latenessMs));
  }

  /** What an input has come to by itself, at each instant since it told of something. */
  #silentLevels(input: number, nowMs: number): Pick<ToldEntry, 'input' | 'timeMs' | 'arrivalMs'>[] {
    const fractionMs = nowMs - Math.floor(nowMs);
    const fromMs = Math.floor(Math.max(0, this.#told[input]!.atMs)) - 1;
    const instants: number[] = [];
    for (let ms = fromMs; ms <= nowMs; ms++) instants.push(ms, ms + fractionMs);
    return instants
      .filter(arrivalMs => arrivalMs <= nowMs && this.#levelAt(input, arrivalMs) > -Infinity)
      .map(arrivalMs => ({ input, timeMs: this.#levelAt(input, arrivalMs), arrivalMs }));
  }
}
