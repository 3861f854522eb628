import type { SourceNode } from '../../../dsl/plan.ts';
import type { EventBatch, Rejection } from '../../batch.ts';
import type { Source, SourceRead } from '../../connector.ts';
import { sliceColumn } from '../../state/columns.ts';
import { ReadClock, type ReadTimes } from './read-clock.ts';
import { eventsWithin } from './time-window.ts';

/** What is told of the source whenever it has nothing to do. */
export type SliceListener = {
  /** So many rounds of the job follow from what it gave. */
  gave(rounds: number): void;
  /** It waits for the next step. */
  waits(): void;
};

type Step =
  | { readonly kind: 'advance'; readonly untilUs: number }
  | { readonly kind: 'tick'; readonly nowUs: number }
  | { readonly kind: 'end' }
  | null; // it waits

/**
 * A source of history, read slice by slice: it gives what arrives before an instant and then waits until it is told how to go
 * on. So sources go side by side, and shares of one source as well (docs/decisions/0048).
 *
 * Calls: `advance` when it is made; then, whenever it waits, `advance`, `tick` or `end`, the latter once and last.
 */
export class SlicedSource implements Source {
  readonly arrivalClock: Source['arrivalClock'];
  readonly stream: string;
  readonly #inner: Source;
  readonly #clock: ReadClock | null; // null: arrivals are recorded
  readonly #window: { readonly fromUs: number; readonly toUs: number };
  readonly #listener: SliceListener;
  #step: Step = { kind: 'advance', untilUs: -Infinity };
  #wake = Promise.withResolvers<void>();
  #read: ReadSlice | null = null;
  #isAtEnd = false;
  #isEnded = false;
  #lastUs = -Infinity;
  #startedUs: number | undefined;
  #isHeld = false; // the last event, at the gate behind this

  constructor(options: {
    readonly node: SourceNode;
    readonly inner: Source;
    /** Events of other times are left out, where the source itself cannot do that. */
    readonly window: { readonly fromUs: number; readonly toUs: number };
    readonly listener: SliceListener;
  }) {
    const { node, inner, window, listener } = options;
    this.stream = node.id;
    this.arrivalClock = inner.arrivalClock;
    this.#inner = inner;
    this.#clock = inner.arrivalClock === 'recorded' ? null : new ReadClock(node.futureUs ?? DAY_US);
    this.#window = window;
    this.#listener = listener;
  }

  get isRecorded(): boolean {
    return this.#clock === null;
  }

  get isWaiting(): boolean {
    return this.#step === null;
  }

  /** It has been told so. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** When the next event, or what was rejected, arrives; Infinity: nothing is left. While it waits. */
  get nextUs(): number {
    return this.#read?.nextUs ?? Infinity;
  }

  /** The newest arrival so far. */
  get lastUs(): number {
    return this.#lastUs;
  }

  get startedUs(): number | undefined {
    return this.#startedUs;
  }

  get share(): number {
    return this.#isAtEnd ? 1 : (this.#inner.progress?.() ?? 0);
  }

  /** `startedUs`: when the first event of all shares arrived; null: this share is all, or has not come as far. */
  advance(untilUs: number, startedUs: number | null): void {
    this.#startedUs = startedUs ?? undefined;
    this.#go({ kind: 'advance', untilUs });
  }

  /** The arrival clock goes on to an instant before which nothing is left. */
  tick(nowUs: number): void {
    const isStill = this.#clock !== null && (this.#isAtEnd || this.#isHeld);
    if (!isStill) this.#go({ kind: 'tick', nowUs });
  }

  end(): void {
    this.#go({ kind: 'end' });
  }

  async read(options: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const { signal } = options;
    for (;;) {
      if (signal.aborted) return { kind: 'tick', arrivalUs: -Infinity, position: {} };
      const step = this.#step;
      const read = step === null ? null : await this.#take(step, options);
      if (read !== null) return read;
      if (step !== null) {
        this.#step = null;
        this.#listener.waits();
      }
      await this.#woken(signal);
    }
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {
    await this.#inner.close();
  }

  #go(step: Step): void {
    this.#step = step;
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  /** Null: the step is over. */
  async #take(step: NonNullable<Step>, options: Parameters<Source['read']>[0]): Promise<SourceRead | null> {
    switch (step.kind) {
      case 'advance': {
        const batch = await this.#nextBefore(step.untilUs, options);
        if (batch === null) return null;
        this.#listener.gave(1);
        return { kind: 'batch', batch, position: {} };
      }
      case 'tick':
        this.#step = { kind: 'advance', untilUs: -Infinity };
        this.#listener.gave(1);
        return { kind: 'tick', arrivalUs: step.nowUs, position: {} };
      case 'end':
        this.#isEnded = true;
        this.#listener.gave(ROUNDS_OF_END);
        return { kind: 'end', position: {} };
    }
  }

  async #nextBefore(untilUs: number, options: Parameters<Source['read']>[0]): Promise<EventBatch | null> {
    while (!this.#isAtEnd) {
      if (this.#read === null) {
        const read = await this.#inner.read(options);
        if (read.kind === 'end') this.#isAtEnd = true;
        else if (read.kind === 'batch') this.#read = this.#sliced(read.batch);
        continue;
      }
      const batch = this.#read.takeBefore(untilUs);
      this.#lastUs = Math.max(this.#lastUs, this.#read.takenUs);
      this.#isHeld = this.#read.isLastHeld ?? this.#isHeld;
      if (this.#read.isEmpty) this.#read = null;
      if (batch !== null) return batch;
      if (this.#read !== null) return null;
    }
    return null;
  }

  #sliced(batch: EventBatch): ReadSlice {
    const within = eventsWithin(batch, this.#window);
    const { length } = within;
    const times =
      this.#clock === null
        ? risen(within.arrivalUs.subarray(0, length), this.#lastUs)
        : this.#clock.take(within.timeUs.subarray(0, length));
    return new ReadSlice(within, times, { isRecorded: this.#clock === null, nowUs: this.#lastUs });
  }

  async #woken(signal: AbortSignal): Promise<void> {
    const wake = this.#wake;
    if (this.#step !== null || signal.aborted) return;
    const onAbort = () => wake.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await wake.promise;
    signal.removeEventListener('abort', onAbort);
  }
}

/** A batch that is given away piece by piece. */
class ReadSlice {
  readonly #batch: EventBatch;
  readonly #clockUs: Float64Array; // by event
  readonly #isHeldAt: Uint8Array; // by event
  readonly #rejectedUs: readonly number[];
  #event = 0; // the next one
  #rejection = 0;
  takenUs = -Infinity;

  constructor(
    batch: EventBatch,
    { clockUs, isHeld }: ReadTimes,
    { isRecorded, nowUs }: { readonly isRecorded: boolean; readonly nowUs: number },
  ) {
    this.#batch = batch;
    this.#clockUs = clockUs;
    this.#isHeldAt = isHeld;
    // Where arrivals are not recorded, what was rejected arrives with the event in front of it (MEANING.md 10).
    this.#rejectedUs = batch.rejected.map(({ arrivalUs, atIndex }) => {
      if (isRecorded) return arrivalUs;
      const beforeUs = atIndex > 0 ? clockUs[atIndex - 1]! : nowUs;
      return beforeUs > -Infinity ? beforeUs : (clockUs[0] ?? arrivalUs);
    });
  }

  /** Of the last event that was taken; undefined: none was. */
  get isLastHeld(): boolean | undefined {
    return this.#event === 0 ? undefined : this.#isHeldAt[this.#event - 1] === 1;
  }

  get isEmpty(): boolean {
    return this.#event === this.#batch.length && this.#rejection === this.#rejectedUs.length;
  }

  get nextUs(): number {
    return Math.min(this.#clockUs[this.#event] ?? Infinity, this.#rejectedUs[this.#rejection] ?? Infinity);
  }

  /** What arrives before; null: nothing does. */
  takeBefore(untilUs: number): EventBatch | null {
    const { length, rejected } = this.#batch;
    const [from, fromRejection] = [this.#event, this.#rejection];
    let to = from;
    while (to < length && this.#clockUs[to]! < untilUs) to++;
    let toRejection = fromRejection;
    while (toRejection < rejected.length && this.#isDue(toRejection, to, untilUs)) toRejection++;
    if (to === from && toRejection === fromRejection) return null;
    [this.#event, this.#rejection] = [to, toRejection];
    this.takenUs = Math.max(
      this.takenUs,
      to > from ? this.#clockUs[to - 1]! : -Infinity,
      toRejection > fromRejection ? this.#rejectedUs[toRejection - 1]! : -Infinity,
    );
    return batchRange(this.#batch, { from, to, rejected: rejected.slice(fromRejection, toRejection) });
  }

  #isDue(rejection: number, to: number, untilUs: number): boolean {
    const { atIndex } = this.#batch.rejected[rejection]!;
    return atIndex < to || (atIndex === to && this.#rejectedUs[rejection]! < untilUs);
  }
}

function batchRange(
  batch: EventBatch,
  { from, to, rejected }: { readonly from: number; readonly to: number; readonly rejected: readonly Rejection[] },
): EventBatch {
  if (from === 0 && to === batch.length && rejected.length === batch.rejected.length) return batch;
  return {
    ...batch,
    length: to - from,
    timeUs: batch.timeUs.subarray(from, to),
    arrivalUs: batch.arrivalUs.subarray(from, to),
    columns: batch.columns.map(column => sliceColumn(column, from, to)),
    rejected: rejected.map(each => ({ ...each, atIndex: each.atIndex - from })),
  };
}

/** Of a broker whose clock can step back. */
function risen(arrivalUs: Float64Array, lastUs: number): ReadTimes {
  let nowUs = lastUs;
  const clockUs = arrivalUs.map(us => (nowUs = Math.max(nowUs, us)));
  return { clockUs, isHeld: new Uint8Array(clockUs.length) };
}

/** How far the keys have come, and then that they go on to there. */
const ROUNDS_OF_END = 2;
const DAY_US = 86_400_000_000;
