import type { MergeNode } from '../../../dsl/plan.ts';
import type { Column } from '../../batch.ts';
import { compareTexts } from '../../compare-texts.ts';
import { assert } from '../../errors.ts';
import type { ArrivalDriven, Snapshot } from '../../operator.ts';
import { RekeysBehind } from '../../operators/rekey/rekeys-behind.ts';
import type { InputEntry, InputListener } from '../../recorded-input.ts';
import { ArrivalTimers } from '../../state/arrival-timers.ts';
import { growFloat64 } from '../../state/growable.ts';
import { RowOutput } from '../../state/row-output.ts';
import { type ComingEntries, NO_ENTRY } from '../../state/waiting-entries.ts';
import { WakeQueue } from '../../state/wake-queue.ts';
import { ArrivalDrivenSteps } from '../arrival-driven-steps.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import { EntryQueue } from '../inputs/entry-queue.ts';
import { type Follower, furthestUs, leastUs, type Timeline } from '../timeline.ts';
import { MergedKeys } from './merged-keys.ts';

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
  readonly rekeys = new RekeysBehind();
  readonly quietUs: number;
  readonly #clocks: ReadonlySet<InputTimeline>;
  readonly #keys: MergedKeys;
  readonly #output = new RowOutput();
  readonly #wakes: WakeQueue;
  readonly #driven = new ArrivalDrivenSteps();
  readonly #entries: EntryQueue;
  readonly #followers: Follower[] = [];
  readonly #expireUs: number;
  // Of the frame that is being written.
  #isWriting = false;
  #handled: number[] = []; // keys that have entries in it
  #frameNumber = 0;
  #knownUntilUs = Infinity; // nothing of these keys comes due by itself before, whatever the entries bring about
  #frameOfKey = new Float64Array(0); // by key, the last one that it has entries in
  #dueUs = new Float64Array(0); // by key, the time at which something is due behind it; −Infinity: it has to be asked
  readonly #dueKeys: number[] = []; // of one instant
  #passedUs = -Infinity;
  #isFinished = false;
  #isEnding = false;
  #forgotten = 0;

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
    const delays = inputs.map(({ latenessUs, timeline }) => {
      return { latenessUs, quietUs: Math.max(latenessUs, timeline.quietUs) };
    });
    this.quietUs = Math.max(...[...this.#clocks].map(clock => clock.quietUs));
    this.#keys = new MergedKeys(node, delays, pipeline.keys);
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

  /** By input: rows that came behind those of others. */
  get late(): readonly number[] {
    return this.#keys.late;
  }

  /** By input: whether so much waits for the others' clocks that it is not to be read on. */
  get isFull(): readonly boolean[] {
    return this.#keys.isFull;
  }

  keyIdOf(columns: readonly Column[], row: number): number {
    return this.pipeline.keys.idOf(columns, row);
  }

  /** Entries of an input's frame: each waits for its instant. */
  take(input: number, entries: ComingEntries, columns: readonly (Column | undefined)[]): void {
    const { changed } = this.pipeline.keys;
    if (changed.isTracked) {
      for (let i = 0; i < entries.length; i++) {
        if (entries.kinds[i] !== NO_ENTRY) changed.oneWillChange(entries.keyIds[i]!);
      }
    }
    this.#keys.add(input, entries, columns);
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
    this.#keys.reserve();
    return this.#keys.heardUs(keyId) > -Infinity || this.#keys.comingUs(keyId) < Infinity;
  }

  lastArrivalUs(keyId: number): number {
    return this.#keys.heardUs(keyId);
  }

  /** How far the key has come by an instant, at which nothing of it waits. */
  watermarkUs(keyId: number, atUs: number): number {
    return this.#keys.reachedUs(keyId, atUs);
  }

  /** Of a key: whether rows of it wait. */
  hasWaiting(keyId: number): boolean {
    return this.#keys.hasWaiting(keyId);
  }

  snapshot(): Snapshot {
    return {
      passedUs: this.#passedUs,
      heardSequence: this.#entries.snapshot(),
      isFinished: this.#isFinished,
      late: [...this.#keys.late],
      forgotten: this.#forgotten,
    };
  }

  restore(snapshot: Snapshot): void {
    this.#passedUs = snapshot['passedUs'] as number;
    this.#entries.restore(snapshot['heardSequence'] as number);
    this.#isFinished = snapshot['isFinished'] as boolean;
    for (const [input, late] of (snapshot['late'] as readonly number[]).entries()) this.#keys.late[input] = late;
    this.#forgotten = snapshot['forgotten'] as number;
  }

  snapshotKeys(keyIds: Uint32Array): Snapshot {
    return this.#keys.snapshot(keyIds);
  }

  restoreKeys(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#keys.restore(snapshot, keyIds);
  }

  /** Each key is looked at once: what is next of it follows from its state. */
  resume(): void {
    const { keys } = this.pipeline;
    for (let keyId = 0; keyId < keys.size; keyId++) {
      if (keys.isKnown[keyId] === 1 && this.hasSeen(keyId)) this.#wakes.set(keyId, this.#passedUs);
    }
  }

  get stateBytes(): number {
    return this.pipeline.keys.stateBytes + this.#keys.stateBytes;
  }

  /** Nobody reads it any more: all of its state goes. */
  stop(): void {
    this.#keys.leaveOutComing();
    for (const keyId of this.pipeline.keys.inOrder()) this.#forget(keyId);
  }

  /** Does all that happens before this instant, in order. */
  #passTo(untilUs: number): void {
    for (let placeUs = this.#entries.nextUs(); placeUs < untilUs; placeUs = this.#entries.nextUs()) {
      this.#handle(placeUs, { isIncluded: true });
      for (const keyId of this.#entries.hearNext(this.pipeline.keys)) this.#schedule(keyId);
    }
    this.#handle(untilUs, { isIncluded: false });
    this.#passedUs = Math.max(this.#passedUs, untilUs);
    this.#isFinished = false; // a file may have grown since
  }

  /** All inputs are at their end (MEANING.md 9): nothing waits for anything any more. */
  #finish(): void {
    const nowUs = furthestUs(this.#clocks);
    this.#passTo(nowUs);
    this.#handle(nowUs, { isIncluded: true });
    this.#isEnding = true;
    for (const keyId of this.#keysInOrder(this.pipeline.keys.inOrder())) {
      this.pipeline.keys.changed.oneWillChange(keyId);
      this.#begin();
      this.#reserveKeys();
      this.#output.set(keyId, nowUs);
      this.#keys.release(keyId, Infinity, this.#output);
      this.#tellTime(keyId);
      this.#noteHandled(keyId);
      if (!this.pipeline.hasRekey && this.#isFrameFull) this.#flush();
    }
    this.#flush();
    this.#isEnding = false;
    this.#entries.close();
    this.#driven.finish(nowUs);
    this.#isFinished = true;
  }

  /** The arrival clock alone comes before what arrives at the same instant. */
  #handle(untilUs: number, { isIncluded }: { readonly isIncluded: boolean }): void {
    let instantUs = this.#passedUs;
    for (;;) {
      const wakeUs = this.#nextWakeUs(untilUs);
      const keyUs = Math.min(this.#keys.nextComingUs, wakeUs);
      const clockUs = Math.min(this.timers.nextUs(keyUs), this.#driven.nextUs());
      const nextUs = Math.min(keyUs, clockUs);
      if (nextUs === Infinity || nextUs > untilUs || (nextUs === untilUs && !isIncluded)) {
        if (!this.#isWriting) return;
        this.#flush();
        continue;
      }
      // Where keys meet, what one no longer holds up was due before, and happens now; else each key has its own instants in a frame.
      instantUs = this.pipeline.hasRekey ? Math.max(instantUs, nextUs) : nextUs;
      if (clockUs <= keyUs) {
        if (this.#isWriting) this.#flush();
        else this.#handleClock(instantUs);
      } else if (this.#isWriting && !this.#mayGoOn(nextUs)) {
        this.#flush();
      } else if (this.#doAllPass && nextUs < wakeUs && nextUs < untilUs) {
        this.#handleComing(Math.min(clockUs, untilUs));
        if (this.#isFrameFull) this.#flush();
      } else {
        this.#handleKeys(instantUs);
        if (this.#isFrameFull) this.#flush();
      }
    }
  }

  /**
   * What comes before anything else is due, and before it has to be known what entries bring about: where entries pass as they
   * come, and keys do not meet. Benchmark: joins
   */
  #handleComing(untilUs: number): void {
    const keyIds = this.#dueKeys;
    this.#begin();
    this.#reserveKeys();
    for (;;) {
      const instantUs = this.#keys.nextComingUs;
      if (instantUs >= untilUs || instantUs >= this.#knownUntilUs || instantUs >= this.#wakes.nextUs()) return;
      keyIds.length = 0;
      this.#keys.takeComing(instantUs, keyIds);
      for (let i = 0; i < keyIds.length; i++) this.#pass(keyIds[i]!, instantUs);
      if (this.#isFrameFull) return;
    }
  }

  #pass(keyId: number, instantUs: number): void {
    this.pipeline.keys.changed.oneWillChange(keyId);
    if (this.#expireUs < Infinity && !this.#isInFrame(keyId) && this.#expiresUs(keyId) <= instantUs)
      this.#forget(keyId);
    this.#output.set(keyId, instantUs);
    const rows = this.#keys.pass(keyId, instantUs, this.#output);
    if (rows > 0 || this.#isInFrame(keyId) || this.#dueUs[keyId]! <= this.#keys.handedUs(keyId)) {
      this.#tellTime(keyId);
      this.#noteHandled(keyId);
    } else if (this.#dueUs[keyId]! < Infinity || this.#expireUs < Infinity) {
      if (this.#wakes.instantOf(keyId) > this.#keys.movesUs(keyId)) this.#schedule(keyId);
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

  /**
   * The earliest instant for which a key is queued; of one behind `untilUs`, a lower bound. Keys are queued at lower bounds, mostly
   * of what others have followed since. Of a key that is in the frame, what is due is known when that is handled.
   */
  #nextWakeUs(untilUs: number): number {
    for (;;) {
      const queuedUs = this.#wakes.nextUs();
      if (queuedUs > untilUs || queuedUs === Infinity) return queuedUs;
      const keyId = this.#wakes.nextKeyId();
      if (this.#isInFrame(keyId)) {
        this.#flush(); // and it may be queued for earlier
        continue;
      }
      const nextUs = this.#nextUs(keyId);
      if (nextUs <= queuedUs) return queuedUs;
      this.#wakes.set(keyId, nextUs);
    }
  }

  /** Whether what is handled at an instant may be in the frame that is being written, whatever comes due behind that. */
  #mayGoOn(instantUs: number): boolean {
    if (this.#keys.isPrompt) return instantUs < this.#knownUntilUs;
    return !this.#keys.someComes(instantUs, keyId => this.#isInFrame(keyId));
  }

  #handleKeys(instantUs: number): void {
    const keyIds = this.#dueKeys;
    keyIds.length = 0;
    this.#takeWoken(instantUs, keyIds);
    this.#keys.takeComing(instantUs, keyIds);
    if (!this.pipeline.hasRekey) {
      for (const keyId of keyIds) this.#handleKey(keyId, instantUs);
      return;
    }
    // All that one instant says of them counts together (docs/decisions/0004), but not what the clock alone says.
    const ordered = [...this.#keysInOrder(keyIds)];
    const told = new Set(ordered.filter(keyId => this.#keys.hasEntry(keyId, instantUs)));
    for (const keyId of told) this.rekeys.beforeEvent(keyId, instantUs);
    for (const keyId of told) this.#handleKey(keyId, instantUs);
    this.#flush('entries');
    for (const keyId of ordered) if (!told.has(keyId)) this.#handleKey(keyId, instantUs);
    this.#flush();
  }

  /** But for keys in the frame, whose turn comes behind it. */
  #takeWoken(instantUs: number, keyIds: number[]): void {
    while (this.#wakes.nextUs() <= instantUs) {
      const keyId = this.#wakes.nextKeyId();
      if (this.#isInFrame(keyId)) return;
      this.#wakes.take(instantUs);
      const nextUs = this.#nextUs(keyId);
      if (nextUs <= instantUs) keyIds.push(keyId);
      else this.#wakes.set(keyId, nextUs);
    }
  }

  #handleKey(keyId: number, instantUs: number): void {
    this.pipeline.keys.changed.oneWillChange(keyId);
    if (!this.#isInFrame(keyId) && this.#expiresUs(keyId) <= instantUs) {
      this.#forget(keyId);
      if (this.#keys.comingUs(keyId) > instantUs) return;
    }
    this.#begin();
    this.#reserveKeys();
    this.#output.set(keyId, instantUs);
    this.#keys.reach(keyId, instantUs);
    const rows = this.#keys.release(keyId, instantUs, this.#output);
    // What is due behind rows is not known yet: time is told then, and comes to nothing by itself before `#knownUntilUs`.
    const dueUs = this.#isInFrame(keyId) ? -Infinity : this.pipeline.nextDueUs(keyId);
    this.#keys.comeTo(keyId, instantUs, dueUs);
    if (rows > 0 || this.pipeline.hasRekey || dueUs <= this.#keys.handedUs(keyId)) {
      this.#tellTime(keyId);
      this.#noteHandled(keyId);
    } else {
      this.#schedule(keyId);
    }
  }

  #begin(): void {
    if (this.#isWriting) return;
    this.#output.start();
    this.#isWriting = true;
    this.#frameNumber++;
    this.#knownUntilUs = Infinity;
  }

  #reserveKeys(): void {
    this.#keys.reserve();
    this.#frameOfKey = growFloat64(this.#frameOfKey, this.pipeline.keys.size);
    this.#dueUs = growFloat64(this.#dueUs, this.pipeline.keys.size, -Infinity);
  }

  /** Entries may be handled one by one, whatever others there are at their instant. */
  get #doAllPass(): boolean {
    return this.#keys.isPrompt && !this.pipeline.hasRekey;
  }

  /** What is due behind it is to be asked when the frame has been handled. */
  #noteHandled(keyId: number): void {
    if (!this.#isInFrame(keyId)) {
      this.#frameOfKey[keyId] = this.#frameNumber;
      this.#handled.push(keyId);
    }
    if (!this.#keys.isPrompt) return;
    const movesUs = Math.min(this.#keys.movesUs(keyId), this.#keys.heardUs(keyId) + this.#expireUs);
    if (movesUs < this.#knownUntilUs) this.#knownUntilUs = movesUs;
  }

  #isInFrame(keyId: number): boolean {
    return this.#isWriting && this.#frameOfKey[keyId] === this.#frameNumber;
  }

  get #isFrameFull(): boolean {
    return this.#output.frame.length >= MAX_FRAME_ENTRIES;
  }

  #tellTime(keyId: number): void {
    const handedUs = this.#keys.handedUs(keyId);
    if (handedUs > -Infinity && this.pipeline.hasTimers) this.#output.advance(handedUs);
  }

  /** Mostly what the clock has brought about: a merge is not told of each event that moves time. */
  #flush(of: 'clock' | 'entries' = 'clock'): void {
    if (!this.#isWriting) return;
    this.#isWriting = false;
    const handled = this.#handled;
    this.#handled = [];
    const { frame } = this.#output;
    frame.cause = this.#isEnding ? 'end' : of === 'clock' ? 'clock' : undefined;
    this.#keys.finishFrame(frame);
    this.pipeline.run(frame);
    for (const keyId of handled) {
      this.#schedule(keyId);
      assert(!(this.#dueUs[keyId]! <= this.#keys.handedUs(keyId)), 'what was due is still due');
    }
    this.#scheduleMoved();
  }

  #scheduleMoved(): void {
    this.#driven.forEachMoved(keyId => {
      if (this.pipeline.keys.isKnown[keyId] === 1) this.#schedule(keyId);
    });
  }

  #schedule(keyId: number): void {
    this.#reserveKeys();
    const dueUs = this.pipeline.nextDueUs(keyId);
    this.#dueUs[keyId] = dueUs;
    const nextUs = this.#nextUs(keyId, dueUs);
    if (nextUs < this.#wakes.instantOf(keyId)) this.#wakes.set(keyId, nextUs);
  }

  /** The instant at which something is to be done of the key. */
  #nextUs(keyId: number, dueUs = this.pipeline.nextDueUs(keyId)): number {
    return Math.min(this.#keys.nextUs(keyId, dueUs), this.#expiresUs(keyId));
  }

  /** When the key is forgotten, if nothing of it comes before; Infinity while something of it is pending. */
  #expiresUs(keyId: number): number {
    if (this.#expireUs === Infinity) return Infinity;
    const isPending = this.hasWaiting(keyId) || this.pipeline.isPending(keyId);
    return isPending ? Infinity : this.#keys.heardUs(keyId) + this.#expireUs;
  }

  #forget(keyId: number): void {
    this.pipeline.forget(keyId);
    this.#keys.forget(keyId);
    this.#wakes.set(keyId, Infinity);
    if (keyId < this.#dueUs.length) this.#dueUs[keyId] = -Infinity;
    if (this.#keys.comingUs(keyId) === Infinity) this.pipeline.keys.forget(keyId);
    this.#forgotten++;
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
const MAX_FRAME_ENTRIES = 4_096;
