import type { MergeNode } from '../../../dsl/plan.ts';
import type { Column } from '../../batch.ts';
import { compareTexts } from '../../compare-texts.ts';
import { assert } from '../../errors.ts';
import type { ArrivalDriven, Snapshot } from '../../operator.ts';
import type { Rekey } from '../../operators/rekey.ts';
import type { InputEntry, InputListener } from '../../recorded-input.ts';
import { ArrivalTimers } from '../../state/arrival-timers.ts';
import { RowOutput } from '../../state/row-output.ts';
import type { MergeEntry } from '../../state/waiting-entries.ts';
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
  readonly quietUs: number;
  readonly #clocks: ReadonlySet<InputTimeline>;
  readonly #keys: MergedKeys;
  readonly #output = new RowOutput();
  readonly #wakes: WakeQueue;
  readonly #driven = new ArrivalDrivenSteps();
  readonly #entries: EntryQueue;
  readonly #followers: Follower[] = [];
  readonly #expireUs: number;
  #handling: number[] = []; // keys whose entries are in the frame that is being written
  #rekeys: readonly Rekey[] = [];
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

  /** An entry of an input's frame: it waits for its instant. */
  take(keyId: number, input: number, entry: MergeEntry, columns: readonly (Column | undefined)[], row: number): void {
    this.pipeline.keys.changed.oneWillChange(keyId);
    this.#keys.add(keyId, input, entry, columns, row);
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

  addSites(rekey: Rekey): void {
    this.#rekeys = [...this.#rekeys, rekey];
  }

  removeSites(rekey: Rekey): void {
    this.#rekeys = this.#rekeys.filter(other => other !== rekey);
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
    for (const keyId of this.pipeline.keys.inOrder()) {
      this.#keys.leaveOut(keyId);
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
      this.#keys.release(keyId, Infinity, this.#output);
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
    let instantUs = this.#passedUs;
    for (;;) {
      const keyUs = this.#wakes.nextUs();
      const clockUs = Math.min(this.timers.nextUs(keyUs), this.#driven.nextUs());
      const nextUs = Math.min(keyUs, clockUs);
      if (nextUs === Infinity || !isDue(nextUs)) {
        if (this.#handling.length === 0) return;
        this.#flush();
        continue;
      }
      // Where keys meet, what one no longer holds up was due before, and happens now; else each key has its own instants in a frame.
      instantUs = this.pipeline.hasRekey ? Math.max(instantUs, nextUs) : nextUs;
      if (clockUs <= keyUs) {
        if (this.#handling.length > 0) this.#flush();
        else this.#handleClock(instantUs);
      } else {
        this.#handleKeys(instantUs);
        if (this.#handling.length >= MAX_FRAME_KEYS) this.#flush();
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
    if (!this.pipeline.hasRekey) {
      for (const keyId of keyIds) this.#handleKey(keyId, instantUs);
      return;
    }
    // All that one instant says of them counts together (docs/decisions/0004), but not what the clock alone says.
    const ordered = [...this.#keysInOrder(keyIds)];
    const told = new Set(ordered.filter(keyId => this.#keys.hasEntry(keyId, instantUs)));
    for (const rekey of this.#rekeys) for (const keyId of told) rekey.beforeEvent(keyId, instantUs);
    for (const keyId of told) this.#handleKey(keyId, instantUs);
    this.#flush('entries');
    for (const keyId of ordered) if (!told.has(keyId)) this.#handleKey(keyId, instantUs);
    this.#flush();
  }

  #handleKey(keyId: number, instantUs: number): void {
    this.pipeline.keys.changed.oneWillChange(keyId);
    if (this.#expiresUs(keyId) <= instantUs) {
      this.#forget(keyId);
      if (this.#keys.comingUs(keyId) > instantUs) return;
    }
    this.#begin(keyId, instantUs);
    this.#keys.reach(keyId, instantUs);
    const rows = this.#keys.release(keyId, instantUs, this.#output);
    const dueUs = this.pipeline.nextDueUs(keyId);
    this.#keys.comeTo(keyId, instantUs, dueUs);
    // What is due behind the rows is not known yet.
    if (rows > 0 || this.pipeline.hasRekey || dueUs <= this.#keys.handedUs(keyId)) this.#tellTime(keyId);
  }

  #begin(keyId: number, instantUs: number): void {
    if (this.#handling.length === 0) this.#output.start();
    this.#handling.push(keyId);
    this.#keys.reserve();
    this.#output.set(keyId, instantUs);
  }

  #tellTime(keyId: number): void {
    const handedUs = this.#keys.handedUs(keyId);
    if (handedUs > -Infinity && this.pipeline.hasTimers) this.#output.advance(handedUs);
  }

  /** Mostly what the clock has brought about: a merge is not told of each event that moves time. */
  #flush(of: 'clock' | 'entries' = 'clock'): void {
    const handled = this.#handling;
    if (handled.length === 0) return;
    this.#handling = [];
    const { frame } = this.#output;
    frame.cause = this.#isEnding ? 'end' : of === 'clock' ? 'clock' : undefined;
    this.pipeline.run(frame);
    for (const keyId of handled) {
      assert(!(this.pipeline.nextDueUs(keyId) <= this.#keys.handedUs(keyId)), 'what was due is still due');
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
    return Math.min(this.#keys.nextUs(keyId, this.pipeline.nextDueUs(keyId)), this.#expiresUs(keyId));
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
    const comingUs = this.#keys.comingUs(keyId);
    this.#wakes.set(keyId, comingUs);
    if (comingUs === Infinity) this.pipeline.keys.forget(keyId);
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
const MAX_FRAME_KEYS = 4_096;
