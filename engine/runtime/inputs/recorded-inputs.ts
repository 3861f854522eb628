import type { Position } from '../../connector.ts';
import { assert, MillraceError } from '../../errors.ts';
import { type InputEntry, placeUs, type RecordedInput } from '../../recorded-input.ts';
import type { StateExtent } from '../checkpoint/engine-state.ts';
import type { EntryLog, RecordedEntries } from './entry-log.ts';

/** What a checkpoint says of recorded inputs, beside the entries in its parts. */
export type InputsState = {
  /** Of the newest entry. */
  readonly sequence: number;
  readonly arrivalUs: number;
  /** By input, behind its newest entry. */
  readonly positions: Readonly<Record<string, Position>>;
};

export const NO_INPUTS: InputsState = { sequence: 0, arrivalUs: -Infinity, positions: {} };

/** How far the arrival clocks of the sources that go on have come, by stream. */
export type ArrivalClocks = Readonly<Record<string, number>>;

/** So many entries may wait for a source whose clock stands still: behind that, inputs are not read. */
const MAX_WAITING = 10_000;
const RETRY_MS = 1_000;

export type RecordedInputsOptions = {
  readonly inputs: readonly RecordedInput[];
  /** Null: without state, entries are in memory only. */
  readonly log: EntryLog | null;
  /** Of the checkpoint, with its entries; null: there is none. */
  readonly stored: { readonly state: InputsState; readonly entries: readonly InputEntry[] } | null;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Told once, until it works again. */
  readonly onTrouble: (error: MillraceError) => void;
  readonly onFailed: (error: unknown) => void;
};

/**
 * The recorded inputs of a job (docs/decisions/0012): gives each entry its place in the order of arrival, makes it
 * durable, and keeps what a restart needs of those that were heard. Calls: `open`, then `record` between two rounds and
 * `taken` before the next one, any number of times; `close`.
 */
export class RecordedInputs {
  readonly #options: RecordedInputsOptions;
  readonly #byId: ReadonlyMap<string, RecordedInput>;
  readonly #closing = new AbortController();
  readonly #pending: Set<RecordedInput>; // in which something may be new
  #state: InputsState;
  #kept: readonly InputEntry[]; // bound: what `compact` leaves, and MAX_WAITING
  #waiting: readonly InputEntry[] = []; // for some source's clock
  #unsaved: InputEntry[] = []; // since the last part
  readonly #begun = new Set<string>(); // inputs that have had entries
  readonly #entryCounts = new Map<string, number>(); // by input, heard by this job
  #isInTrouble = false;
  #isWatching = false;
  #wake = () => {};

  /** With what checkpoint and log hold. Errors: MR6002, MR6003. */
  static async open(options: RecordedInputsOptions): Promise<RecordedInputs> {
    const inputs = new RecordedInputs(options);
    const { sequence } = inputs.#state;
    for (const recorded of (await options.log?.readAfter(sequence)) ?? []) inputs.taken(recorded);
    return inputs;
  }

  private constructor(options: RecordedInputsOptions) {
    const { inputs, stored } = options;
    this.#options = options;
    this.#byId = new Map(inputs.map(input => [input.input, input]));
    this.#pending = new Set(inputs);
    for (const { input } of inputs) this.#entryCounts.set(input, 0);
    this.#state = stored?.state ?? NO_INPUTS;
    this.#kept = (stored?.entries ?? []).filter(entry => this.#byId.has(entry.input));
    for (const entry of this.#kept) this.#byId.get(entry.input)!.take(entry);
  }

  /** For workers at their start, and for whom asks what is still referred to. */
  get entries(): readonly InputEntry[] {
    return this.#kept;
  }

  get state(): InputsState {
    return this.#state;
  }

  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** Heard since the job began, by input. */
  get entryCounts(): ReadonlyMap<string, number> {
    return this.#entryCounts;
  }

  get hasNews(): boolean {
    return this.#pending.size > 0;
  }

  /** What the promise gives, or null as soon as an input has something new. */
  async orNews<Value>(promise: Promise<Value>): Promise<Value | null> {
    if (this.isEmpty) return await promise;
    const news = Promise.withResolvers<null>();
    this.#wake = () => news.resolve(null);
    if (this.hasNews) this.#wake();
    return await Promise.race([promise, news.promise]);
  }

  /** From now on looks for what is new while sources are read. */
  watch(): void {
    for (const input of this.#byId.values()) if (!this.#pending.has(input)) this.#watch(input);
    this.#isWatching = true;
  }

  /**
   * What one input has that is new, at its place and durable; null: nothing, or it cannot be recorded now. No event may be
   * handled between the call and `taken`.
   */
  async record(options: {
    readonly clocks: ArrivalClocks;
    readonly nowUs: number;
    /** No event was handled yet, in any run. */
    readonly isBeforeAll: boolean;
  }): Promise<RecordedEntries | null> {
    const { clocks } = options;
    const [input] = this.#pending;
    assert(input !== undefined, 'some input may have something new');
    this.#waiting = this.#waiting.filter(entry => !isBehind(entry, clocks));
    this.#pending.delete(input);
    if (this.#waiting.length >= MAX_WAITING) return this.#tryLater(input);
    const isFirst = options.isBeforeAll && !this.#begun.has(input.input);
    const arrivalUs = Math.max(isFirst ? -Infinity : options.nowUs, this.#state.arrivalUs);
    const position = this.#state.positions[input.input] ?? null;
    const found = await input.next({ arrivalUs, position });
    if (found.entries.length === 0) {
      if (this.#isWatching) this.#watch(input);
      return null;
    }
    const ahead = Object.fromEntries(Object.entries(clocks).filter(([, nowUs]) => nowUs > arrivalUs));
    const entries = found.entries.map(({ texts, content, place = { arrivalUs, ahead } }, i) => {
      const sequence = this.#state.sequence + 1 + i;
      return { sequence, input: input.input, ...place, texts, content };
    });
    const recorded = { input: input.input, position: found.position, entries };
    try {
      await this.#options.log?.append(recorded);
      this.#isInTrouble = false;
    } catch (error) {
      this.#tell(error);
      return this.#tryLater(input);
    }
    if (this.#isWatching) this.#watch(input);
    return recorded;
  }

  /** They count from now on. */
  taken({ input, position, entries }: RecordedEntries): void {
    const newest = entries.at(-1)!;
    const { positions } = this.#state;
    this.#state = {
      sequence: newest.sequence,
      arrivalUs: newest.arrivalUs,
      positions: position === null ? positions : { ...positions, [input]: position },
    };
    const taker = this.#byId.get(input);
    this.#begun.add(input);
    if (taker === undefined) return; // of rules that are no more
    this.#entryCounts.set(input, this.#entryCounts.get(input)! + entries.length);
    for (const entry of entries) taker.take(entry);
    this.#waiting = [...this.#waiting, ...entries];
    this.#kept = [...this.#kept, ...entries];
    this.#unsaved.push(...entries);
  }

  /** For a checkpoint between two rounds: all that is kept, or what came since the last one. */
  takePart(extent: StateExtent, clocks: ArrivalClocks): readonly InputEntry[] {
    const unsaved = this.#unsaved;
    this.#unsaved = [];
    if (extent === 'changed') return unsaved;
    this.#compact(clocks);
    return this.#kept;
  }

  /** Even the oldest checkpoint that is kept holds these. */
  async forget(state: InputsState): Promise<void> {
    await this.#options.log?.removeUpTo(state.sequence);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#byId.values()].map(input => input.close()));
  }

  #compact(clocks: ArrivalClocks): void {
    const behind = Map.groupBy(this.#kept, entry => (isBehind(entry, clocks) ? entry.input : null));
    const kept = [...behind].flatMap(([input, entries]) =>
      input === null ? entries : this.#byId.get(input)!.compact(entries),
    );
    this.#kept = kept.toSorted((a, b) => a.sequence - b.sequence);
  }

  #watch(input: RecordedInput): void {
    const { signal } = this.#closing;
    input.changed(signal).then(() => this.#note(input), this.#options.onFailed);
  }

  #tryLater(input: RecordedInput): null {
    const { signal } = this.#closing;
    this.#options.sleep(RETRY_MS, signal).then(() => this.#note(input), this.#options.onFailed);
    return null;
  }

  #note(input: RecordedInput): void {
    if (this.#closing.signal.aborted) return;
    this.#pending.add(input);
    this.#wake();
  }

  #tell(error: unknown): void {
    if (!(error instanceof MillraceError) || error.retry !== 'backoff') throw error;
    if (!this.#isInTrouble) this.#options.onTrouble(error);
    this.#isInTrouble = true;
  }
}

/** Whether it was heard behind every source. */
function isBehind(entry: InputEntry, clocks: ArrivalClocks): boolean {
  return Object.entries(clocks).every(([stream, nowUs]) => placeUs(entry, stream) < nowUs);
}
