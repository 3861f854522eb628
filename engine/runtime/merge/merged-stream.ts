import type { Field, MergeNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import { compareTexts } from '../../compare-texts.ts';
import { assert } from '../../errors.ts';
import type { ArrivalDriven, Snapshot } from '../../operator.ts';
import type { InputEntry, InputListener } from '../../recorded-input.ts';
import { ArrivalTimers } from '../../state/arrival-timers.ts';
import { waitingColumns } from '../../state/waiting-columns.ts';
import { RowOutput } from '../../state/row-output.ts';
import { type MergeEntry, WaitingEntries } from '../../state/waiting-entries.ts';
import { WakeQueue } from '../../state/wake-queue.ts';
import { ArrivalDrivenSteps } from '../arrival-driven-steps.ts';
import { MAX_WAITING_ROWS } from '../arrival-merge.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import { EntryQueue } from '../inputs/entry-queue.ts';
import { type Follower, furthestUs, leastUs, type Timeline } from '../timeline.ts';
import { MergeClock } from './merge-clock.ts';
import { MergedRows } from './merged-rows.ts';

/** What a merge has to know of the timelines that it is behind. */
export type InputTimeline = Pick<Timeline, 'nowUs' | 'isFinished' | 'quietUs' | 'addFollower'>;

/** What a merge reads: how late it may be, and whose clock it is on. */
export type MergedView = { readonly latenessUs: number; readonly timeline: InputTimeline };

/**
 * Rows of several views in one order per key (MEANING.md 5): what their frames bring waits by key until the clocks of all of
 * them have passed its instant, and is handled in order of these instants. So it does not matter how far one of them is read
 * before another; what is handed over depends on recorded input alone. What is due behind it comes due on this clock, too.
 */
export class MergedStream implements Timeline {
  readonly pipeline: FramePipeline;
  readonly timers = new ArrivalTimers();
  readonly silence = null;
  readonly quietUs: number;
  readonly counters = { late: 0, forgotten: 0 };
  readonly #clocks: ReadonlySet<InputTimeline>;
  readonly #clock: MergeClock;
  readonly #waiting: readonly WaitingEntries[]; // by input; bound: MAX_WAITING_ROWS, and what its lateness lets wait
  readonly #oldest: { readonly timeUs: Float64Array; readonly sinceUs: Float64Array };
  readonly #rows: MergedRows;
  readonly #output = new RowOutput();
  readonly #wakes: WakeQueue;
  readonly #driven = new ArrivalDrivenSteps();
  readonly #entries: EntryQueue;
  readonly #followers: Follower[] = [];
  readonly #fields: readonly (readonly Field[])[]; // of the rows that wait, by input
  readonly #expireUs: number;
  #handling: number[] = []; // keys whose entries are in the frame that is being written
  #hasRows = false; // of the last one of these: what is due behind them is not known yet
  #passedUs = -Infinity;
  #isFinished = false;
  #isEnding = false;

  constructor(options: {
    readonly node: MergeNode;
    readonly inputs: readonly MergedView[];
    readonly pipeline: FramePipeline;
    /** The sources that it comes from. */
    readonly sources: readonly string[];
    /** How long a key must be unseen to be forgotten; Infinity: it never is. */
    readonly expireUs: number;
  }) {
    const { node, inputs, pipeline } = options;
    this.pipeline = pipeline;
    this.#clocks = new Set(inputs.map(({ timeline }) => timeline));
    this.#clock = new MergeClock(
      inputs.map(({ latenessUs, timeline }) => ({ latenessUs, quietUs: Math.max(latenessUs, timeline.quietUs) })),
    );
    this.quietUs = Math.max(...[...this.#clocks].map(clock => clock.quietUs));
    this.#fields = node.inputs.map(({ columns }) => columns);
    this.#waiting = this.#fields.map(fields => new WaitingEntries(fields.map(({ type }) => createColumn(type, 0))));
    this.#oldest = { timeUs: new Float64Array(inputs.length), sinceUs: new Float64Array(inputs.length) };
    this.#rows = new MergedRows(node, pipeline.keys);
    this.#wakes = new WakeQueue(keyId => pipeline.keys.ordinals[keyId]!);
    this.#entries = new EntryQueue(options.sources);
    this.#expireUs = options.expireUs;
    for (const clock of this.#clocks) clock.addFollower(this);
  }

  get nowUs(): number {
    return this.#passedUs;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** By input: whether so much waits for the others' clocks that it is not to be read on. */
  get isFull(): readonly boolean[] {
    return this.#waiting.map(({ comingCount }) => comingCount > MAX_WAITING_ROWS);
  }

  keyIdOf(columns: readonly Column[], row: number): number {
    return this.pipeline.keys.idOf(columns, row);
  }

  /** An entry of an input's frame: it waits for its instant. */
  take(keyId: number, input: number, entry: MergeEntry, columns: readonly (Column | undefined)[], row: number): void {
    this.pipeline.keys.changed.oneWillChange(keyId);
    this.#waiting[input]!.add(keyId, entry, columns, row);
    if (this.#wakes.instantOf(keyId) > entry.arrivalUs) this.#wakes.set(keyId, entry.arrivalUs);
  }

  /** One of the clocks has come further, or to its end. */
  advance(): void {
    const nowUs = leastUs(this.#clocks);
    if (nowUs === Infinity) this.#finish();
    else this.#passTo(nowUs);
    for (const follower of this.#followers) follower.advance();
  }

  addFollower(follower: Follower): void {
    this.#followers.push(follower);
  }

  addArrivalDriven(operator: ArrivalDriven, next: FramePipeline): void {
    this.#driven.add(operator, next);
  }

  removeArrivalDriven(operator: object): void {
    this.#driven.remove(operator);
  }

  addListener(listener: InputListener, frame: FramePipeline): void {
    this.#entries.addListener(listener, frame);
  }

  removeListener(listener: object): void {
    this.#entries.removeListener(listener);
  }

  addEntry(entry: InputEntry): void {
    this.#entries.add(entry);
  }

  hasSeen(keyId: number): boolean {
    this.#clock.reserve(this.pipeline.keys.size);
    return this.#clock.heardUs(keyId) > -Infinity || this.#comingUs(keyId) < Infinity;
  }

  lastArrivalUs(keyId: number): number {
    return this.#clock.heardUs(keyId);
  }

  /** Of a key: whether rows of it wait. */
  hasWaiting(keyId: number): boolean {
    return this.#waiting.some(waiting => waiting.oldest(keyId) >= 0);
  }

  snapshot(): Snapshot {
    return {
      passedUs: this.#passedUs,
      heardSequence: this.#entries.snapshot(),
      isFinished: this.#isFinished,
      counters: { ...this.counters },
    };
  }

  restore(snapshot: Snapshot): void {
    this.#passedUs = snapshot['passedUs'] as number;
    this.#entries.restore(snapshot['heardSequence'] as number);
    this.#isFinished = snapshot['isFinished'] as boolean;
    Object.assign(this.counters, snapshot['counters']);
  }

  snapshotKeys(keyIds: Uint32Array): Snapshot {
    this.#clock.reserve(this.pipeline.keys.size);
    const inputs = this.#waiting.map(waiting => waiting.snapshot(keyIds));
    const named = inputs.flatMap(({ columns }, input) =>
      columns.map((column, c) => [this.#fields[input]![c]!.name, column] as const),
    );
    return {
      clock: this.#clock.snapshot(keyIds),
      waiting: inputs.map(({ entries }) => entries),
      named: Object.fromEntries(named),
    };
  }

  restoreKeys(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#clock.reserve(this.pipeline.keys.size);
    this.#clock.restore(snapshot['clock'] as Snapshot, keyIds);
    const named = snapshot['named'] as Readonly<Record<string, Snapshot>>;
    const waiting = snapshot['waiting'] as readonly Snapshot[];
    waiting.forEach((entries, input) => {
      const { length } = entries['timeUs'] as Float64Array;
      this.#waiting[input]!.restore({ entries, columns: waitingColumns(named, this.#fields[input]!, length) }, keyIds);
    });
  }

  /** Each key is looked at once: what is next of it follows from its state. */
  resume(): void {
    const { keys } = this.pipeline;
    this.#clock.reserve(keys.size);
    for (let keyId = 0; keyId < keys.size; keyId++) {
      if (keys.isKnown[keyId] === 1 && this.hasSeen(keyId)) this.#wakes.set(keyId, this.#passedUs);
    }
  }

  get stateBytes(): number {
    const waitingBytes = this.#waiting.reduce((bytes, waiting) => bytes + waiting.stateBytes, 0);
    return this.pipeline.keys.stateBytes + this.#clock.stateBytes + waitingBytes;
  }

  /** Nobody reads it any more: all of its state goes. */
  stop(): void {
    for (const keyId of this.pipeline.keys.inOrder()) {
      for (const waiting of this.#waiting) {
        while (waiting.comingUs(keyId) < Infinity) waiting.leaveOut(keyId);
      }
      this.#forget(keyId);
    }
  }

  /** Does all that happens before this instant, in order. */
  #passTo(untilUs: number): void {
    for (let placeUs = this.#entries.nextUs(); placeUs < untilUs; placeUs = this.#entries.nextUs()) {
      this.#handle(instantUs => instantUs <= placeUs);
      for (const keyId of this.#entries.hearNext(this.pipeline.keys)) this.#schedule(keyId);
    }
    this.#handle(instantUs => instantUs < untilUs);
    this.#passedUs = Math.max(this.#passedUs, untilUs);
    this.#isFinished = false; // a file may have grown since
  }

  /** All inputs are at their end (MEANING.md 9): nothing waits for anything any more. */
  #finish(): void {
    const nowUs = furthestUs(this.#clocks);
    this.#passTo(nowUs);
    this.#handle(instantUs => instantUs <= nowUs);
    this.#isEnding = true;
    for (const keyId of this.#keysInOrder(this.pipeline.keys.inOrder())) {
      this.pipeline.keys.changed.oneWillChange(keyId);
      this.#begin(keyId, nowUs);
      this.#release(keyId, Infinity);
      this.#tellTime(keyId);
      if (!this.pipeline.hasRekey && this.#handling.length >= MAX_FRAME_KEYS) this.#flush();
    }
    this.#flush();
    this.#isEnding = false;
    this.#entries.close();
    this.#driven.finish(nowUs);
    this.#isFinished = true;
  }

  /** The arrival clock alone comes before what arrives at the same instant. */
  #handle(isDue: (instantUs: number) => boolean): void {
    for (;;) {
      const keyUs = this.#wakes.nextUs();
      const clockUs = Math.min(this.timers.nextUs(keyUs), this.#driven.nextUs());
      const instantUs = Math.min(keyUs, clockUs);
      if (instantUs === Infinity || !isDue(instantUs)) {
        if (this.#handling.length === 0) return;
        this.#flush();
      } else if (clockUs <= keyUs) {
        if (this.#handling.length > 0) this.#flush();
        else this.#handleClock(instantUs);
      } else {
        this.#handleKeys(instantUs);
        // Where keys meet, all that one instant says of them counts together (docs/decisions/0004), and nothing of another one.
        if (this.pipeline.hasRekey || this.#handling.length >= MAX_FRAME_KEYS) this.#flush();
      }
    }
  }

  #handleClock(instantUs: number): void {
    if (this.timers.nextUs(instantUs) <= instantUs) {
      for (const keyId of this.timers.arrive(instantUs)) this.#schedule(keyId);
    } else {
      this.#driven.arrive(instantUs);
    }
    this.#scheduleMoved();
  }

  /** A key that is handled has its next instant only behind the frame: so it is in each once. */
  #handleKeys(instantUs: number): void {
    const keyIds: number[] = [];
    for (let keyId = this.#wakes.take(instantUs); keyId !== undefined; keyId = this.#wakes.take(instantUs)) {
      keyIds.push(keyId);
    }
    for (const keyId of this.#keysInOrder(keyIds)) this.#handleKey(keyId, instantUs);
  }

  /**
   * What comes at an instant comes before what this instant lets pass: the last of it is what an input's own lateness has held
   * back until then. It is late behind the time of a microsecond before.
   */
  #handleKey(keyId: number, instantUs: number): void {
    this.pipeline.keys.changed.oneWillChange(keyId);
    if (this.#expiresUs(keyId) <= instantUs) {
      this.#forget(keyId);
      if (this.#comingUs(keyId) > instantUs) return;
    }
    this.#begin(keyId, instantUs);
    this.#oldestInput(keyId);
    this.#clock.handOver(keyId, this.#clock.reachedUs(keyId, instantUs - 1, this.#oldest));
    for (let input = 0; input < this.#waiting.length; input++) {
      while (this.#waiting[input]!.comingUs(keyId) <= instantUs) this.#reach(keyId, input);
    }
    this.#move(keyId, instantUs);
  }

  #begin(keyId: number, instantUs: number): void {
    if (this.#handling.length === 0) this.#output.start();
    this.#handling.push(keyId);
    this.#hasRows = false;
    this.#clock.reserve(this.pipeline.keys.size);
    this.#output.set(keyId, instantUs);
  }

  /** The key's next entry of an input has come to its instant. */
  #reach(keyId: number, input: number): void {
    const waiting = this.#waiting[input]!;
    const timeUs = waiting.comingTimeUs(keyId);
    const kind = waiting.comingKind(keyId);
    const [atUs, cameUs] = [waiting.comingUs(keyId), waiting.comingCameUs(keyId)];
    if (kind === 'end') this.#clock.tellEnd(keyId, input, { timeUs, atUs });
    else this.#clock.tell(keyId, input, { timeUs, atUs, cameUs });
    if (timeUs >= this.#clock.handedUs(keyId)) return waiting.reach(keyId);
    if (kind === 'row') this.counters.late++;
    waiting.leaveOut(keyId);
  }

  /** Hands over what may go at an instant, and lets time come as far as it may. */
  #move(keyId: number, instantUs: number): void {
    this.#release(keyId, instantUs);
    this.#clock.handOver(keyId, this.#clock.reachedUs(keyId, instantUs, this.#oldest));
    const { pipeline } = this;
    if (!pipeline.hasTimers) return;
    const dueUs = pipeline.nextDueUs(keyId);
    if (dueUs <= this.#oldestTimeUs() && this.#clock.comesToUs(keyId, dueUs, this.#oldest) <= instantUs) {
      this.#clock.handOver(keyId, dueUs);
    }
    if (this.#hasRows || pipeline.hasRekey || dueUs <= this.#clock.handedUs(keyId)) this.#tellTime(keyId);
  }

  #tellTime(keyId: number): void {
    const handedUs = this.#clock.handedUs(keyId);
    if (handedUs > -Infinity && this.pipeline.hasTimers) this.#output.advance(handedUs);
  }

  /** Hands over the entries that the other inputs let pass by an instant, in order. */
  #release(keyId: number, instantUs: number): void {
    for (;;) {
      const input = this.#oldestInput(keyId);
      if (input < 0) return;
      const timeUs = this.#oldest.timeUs[input]!;
      const sinceUs = this.#oldest.sinceUs[input]!;
      if (this.#clock.passesUs(keyId, input, { timeUs, sinceUs }) > instantUs) return;
      const waiting = this.#waiting[input]!;
      const slot = waiting.oldest(keyId);
      if (waiting.kind(slot) === 'row') {
        this.#rows.append(this.#output, { keyId, input, timeUs, cameUs: waiting.cameUs(slot) }, waiting.columns, slot);
        this.#hasRows = true;
      }
      waiting.removeOldest(keyId);
      this.#clock.handOver(keyId, timeUs);
    }
  }

  /** The input whose oldest entry comes first: by time, arrival, and place; −1: none waits. Notes what waits. */
  #oldestInput(keyId: number): number {
    const { timeUs, sinceUs } = this.#oldest;
    let first = -1;
    let firstCameUs = Infinity;
    for (let input = 0; input < this.#waiting.length; input++) {
      const waiting = this.#waiting[input]!;
      const slot = waiting.oldest(keyId);
      timeUs[input] = slot < 0 ? Infinity : waiting.timeUs(slot);
      sinceUs[input] = slot < 0 ? Infinity : waiting.arrivalUs(slot);
      if (slot < 0) continue;
      const cameUs = waiting.cameUs(slot);
      const isEarlier = first < 0 || timeUs[input]! < timeUs[first]!;
      if (!isEarlier && (timeUs[input]! > timeUs[first]! || cameUs >= firstCameUs)) continue;
      first = input;
      firstCameUs = cameUs;
    }
    return first;
  }

  #oldestTimeUs(): number {
    const { timeUs } = this.#oldest;
    let oldestUs = Infinity;
    for (let input = 0; input < timeUs.length; input++) oldestUs = Math.min(oldestUs, timeUs[input]!);
    return oldestUs;
  }

  #flush(): void {
    const handled = this.#handling;
    this.#handling = [];
    const { frame } = this.#output;
    frame.cause = this.#isEnding ? 'end' : 'clock'; // it is not told of each event that moves time
    this.pipeline.run(frame);
    for (const keyId of handled) {
      assert(!(this.pipeline.nextDueUs(keyId) <= this.#clock.handedUs(keyId)), 'what was due is still due');
      this.#schedule(keyId);
    }
    this.#scheduleMoved();
  }

  #scheduleMoved(): void {
    this.#driven.forEachMoved(keyId => {
      if (this.pipeline.keys.isKnown[keyId] === 1) this.#schedule(keyId);
    });
  }

  #schedule(keyId: number): void {
    this.#wakes.set(keyId, this.#nextUs(keyId));
  }

  /** The instant at which something is to be done of the key. */
  #nextUs(keyId: number): number {
    const input = this.#oldestInput(keyId);
    let nextUs = this.#comingUs(keyId);
    if (input >= 0) {
      const entry = { timeUs: this.#oldest.timeUs[input]!, sinceUs: this.#oldest.sinceUs[input]! };
      nextUs = Math.min(nextUs, this.#clock.passesUs(keyId, input, entry));
    }
    const dueUs = this.pipeline.nextDueUs(keyId);
    if (dueUs < Infinity && dueUs <= this.#oldestTimeUs()) {
      nextUs = Math.min(nextUs, this.#clock.comesToUs(keyId, dueUs, this.#oldest));
    }
    return Math.min(nextUs, this.#expiresUs(keyId));
  }

  /** When the key is forgotten, if nothing of it comes before; Infinity while something of it is pending. */
  #expiresUs(keyId: number): number {
    if (this.#expireUs === Infinity) return Infinity;
    const isPending = this.hasWaiting(keyId) || this.pipeline.isPending(keyId);
    return isPending ? Infinity : this.#clock.heardUs(keyId) + this.#expireUs;
  }

  #comingUs(keyId: number): number {
    let comingUs = Infinity;
    for (const waiting of this.#waiting) comingUs = Math.min(comingUs, waiting.comingUs(keyId));
    return comingUs;
  }

  #forget(keyId: number): void {
    this.pipeline.forget(keyId);
    for (const waiting of this.#waiting) waiting.forget(keyId);
    this.#clock.forget(keyId);
    this.#wakes.set(keyId, this.#comingUs(keyId));
    if (this.#comingUs(keyId) === Infinity) this.pipeline.keys.forget(keyId);
    this.counters.forgotten++;
  }

  /** Only where keys meet does their order matter, and then it must not be that in which the inputs were read. */
  #keysInOrder(keyIds: ArrayLike<number> & Iterable<number>): Iterable<number> {
    if (!this.pipeline.hasRekey || keyIds.length < 2) return keyIds;
    const { keys } = this.pipeline;
    const texts = Array.from(keyIds, keyId => ({ keyId, text: JSON.stringify(Object.values(keys.values(keyId))) }));
    return texts.sort((a, b) => compareTexts(a.text, b.text)).map(({ keyId }) => keyId);
  }
}

/** So that a frame stays in the cache. */
const MAX_FRAME_KEYS = 4_096;
