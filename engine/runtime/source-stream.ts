import type { SideNode, SourceNode } from '../../dsl/plan.ts';
import { type Column, type EventBatch, neededFields, type Rejection, type SymbolTable } from '../batch.ts';
import type { ArrivalClock } from '../connector.ts';
import type { ArrivalDriven, ArrivalListener, Frame, Snapshot } from '../operator.ts';
import { RekeysBehind } from '../operators/rekey/rekeys-behind.ts';
import type { InputEntry, InputListener } from '../recorded-input.ts';
import type { ArrivalTimers } from '../state/arrival-timers.ts';
import { growUint32 } from '../state/growable.ts';
import { NO_KEY } from '../state/key-dictionary.ts';
import type { KeyLimit } from '../state/key-limit.ts';
import { SilentKeys } from '../state/silent-keys.ts';
import { TakenEvents } from '../state/taken-events.ts';
import type { AlertFeed } from './alert-feed.ts';
import type { AlertSuppression } from './alert-suppression.ts';
import { type ArrivalGate, gateOf } from './arrival-gate.ts';
import { entriesAt, restOf, segmentOf, SingleEntries } from './batch-segment.ts';
import { EventOrder, type OrderListener, type Segment } from './event-order.ts';
import type { FramePipeline } from './frame-pipeline.ts';
import type { KeyClock } from './key-clock.ts';
import { keysHeard, type KeysHeard } from './keys-heard.ts';
import type { RawRows } from './raw-rows.ts';
import { KeptAside } from './revision/kept-aside.ts';
import { LateMarks } from './revision/late-marks.ts';
import type { RevisedSites } from './revision/revised-sites.ts';
import type { RowColumns } from './row-batch.ts';
import { SourceSides } from './source-sides.ts';
import { ArrivalWork } from './source-stream/arrival-work.ts';
import { EventKeys } from './source-stream/event-keys.ts';
import { KeyWakes } from './source-stream/key-wakes.ts';
import { LateNotes } from './source-stream/late-notes.ts';
import { RuleSuppressions } from './source-stream/rule-suppressions.ts';
import { takeOnTime } from './take-on-time.ts';
import type { Follower, Timeline } from './timeline.ts';

/**
 * One source's way into the operators: arrival clock, keys, lateness, order (MEANING.md 1–4), and the moving on of
 * silent keys. Its results depend on the events and their arrivals only, not on how they were batched: a batch is cut
 * wherever something could come due in between, and what is due by the arrival of an event is done before it.
 */
export class SourceStream implements Timeline {
  readonly pipeline: FramePipeline;
  readonly clock: KeyClock;
  readonly counters = { events: 0, late: 0, rejected: 0, repeated: 0, forgotten: 0 };
  readonly #gate: ArrivalGate;
  readonly #symbols: SymbolTable;
  readonly #keys: EventKeys;
  readonly #sides: SourceSides;
  readonly #late: LateNotes;
  readonly #wakes: KeyWakes;
  readonly #work: ArrivalWork;
  readonly #suppressions = new RuleSuppressions();
  #attached: AlertFeed | undefined; // what its own events come from
  #isFinished = false;
  /** What the arrival clock alone brings about behind it. */
  readonly timers: ArrivalTimers;
  /** Null: the stream does not state how long silence is. */
  readonly silence: SilentKeys | null;
  readonly rekeys = new RekeysBehind();
  /** Of events that wait, where there is lateness. */
  readonly #order: EventOrder;
  /** What later events may repeat; undefined: none is a repetition. */
  readonly #taken: TakenEvents | undefined;
  readonly #onRejected: (rejection: Rejection) => void;
  /** Of its raw series, where that is stored. */
  readonly #raw: RawRows | undefined;
  readonly #onRaw: (rows: RowColumns) => void;
  /** Of late events that revise windows; undefined: they revise none. */
  readonly marks: LateMarks | undefined;
  /** Where late events revise windows: copies of what operators are given. */
  readonly aside: KeptAside | undefined;
  readonly #singleEntries = new SingleEntries();
  #places = new Uint32Array(0); // of events in a batch that repeat nothing

  constructor(options: {
    readonly node: SourceNode;
    /** The sources whose arrival clocks are this one's. */
    readonly clocksOf: readonly string[];
    readonly clock: KeyClock;
    readonly pipeline: FramePipeline;
    readonly symbols: SymbolTable;
    /** That of the pipeline's keys. */
    readonly keyLimit: KeyLimit;
    readonly arrivalClock: ArrivalClock | 'admitted';
    readonly onRejected: (rejection: Rejection) => void;
    readonly raw: RawRows | undefined;
    readonly onRaw: (rows: RowColumns) => void;
    /** Windows over its events that late ones revise. */
    readonly revised: readonly { readonly id: string; readonly reviseUs: number }[];
  }) {
    const { node, symbols, pipeline, clock } = options;
    const fields = neededFields(node);
    this.pipeline = pipeline;
    this.clock = clock;
    this.silence =
      node.staleUs === undefined
        ? null
        : new SilentKeys({ afterUs: clock.quietUs, lastArrivalUs: keyId => clock.lastArrivalUs(keyId) });
    this.#symbols = symbols;
    this.#onRejected = options.onRejected;
    this.#raw = options.raw;
    this.#onRaw = options.onRaw;
    this.#gate = gateOf(node, options.arrivalClock, symbols);
    this.#keys = new EventKeys({ node, keys: pipeline.keys, limit: options.keyLimit, symbols });
    this.#sides = new SourceSides(fields, symbols);
    if (options.revised.length > 0) {
      const aside = new KeptAside(fields.length);
      this.marks = new LateMarks(options.revised, pipeline.keys);
      this.aside = aside;
      pipeline.addTap(frame => aside.see(frame));
    }
    this.#late = new LateNotes({ node, raw: options.raw, sides: this.#sides, marks: this.marks, clock });
    const order = new EventOrder({ clock, pipeline, fields, listener: this.#orderListener() });
    const taken = node.unique === undefined ? undefined : new TakenEvents(node.unique, fields);
    const wakes = new KeyWakes({ node, clock, pipeline, order, taken });
    const onForgotten = (keyId: number) => this.#forget(keyId);
    const { clocksOf } = options;
    this.#order = order;
    this.#taken = taken;
    this.#wakes = wakes;
    this.#work = new ArrivalWork({ clocksOf, pipeline, clock, order, wakes, taken, onForgotten });
    this.timers = this.#work.timers;
  }

  /** Late events revise windows of its sites. */
  addRevisedSites(sites: RevisedSites): void {
    this.#late.addSites(sites);
    this.pipeline.addTap(frame => sites.aside.see(frame));
  }

  addArrivalDriven(operator: ArrivalDriven, next: FramePipeline): void {
    this.#work.driven.add(operator, next);
  }

  addArrivalListener(nodeId: string, listener: ArrivalListener, next: FramePipeline): void {
    this.#work.listeners.add(nodeId, listener, next);
  }

  removeArrivalDriven(operator: object): void {
    this.#work.listeners.remove(operator);
    this.#work.driven.remove(operator);
  }

  /** What is late, or rejected before it comes here, goes on as events of this stream. */
  addSide(node: SideNode, stream: SourceStream): void {
    this.#sides.add(node, stream);
  }

  /** `frame`: whose keys its state is by. */
  addListener(listener: InputListener, frame: FramePipeline): void {
    this.#work.entries.addListener(listener, frame);
  }

  removeListener(listener: object): void {
    this.#work.entries.removeListener(listener);
  }

  /** An entry of a recorded input: what hears it here does when the arrival clock has passed its place. */
  addEntry(entry: InputEntry): void {
    this.#work.entries.add(entry);
  }

  /** The arrival of the first message of the whole source, of which a part comes here. */
  start(firstUs: number): void {
    this.#gate.start(firstUs);
    this.#tellStart();
  }

  /** Messages that are no events, in order of arrival; of keys here and elsewhere. */
  hearAside(heard: KeysHeard): void {
    this.#work.hearAside(heard);
  }

  addFollower(follower: Follower): void {
    this.#sides.addFollower(follower);
  }

  /** Of a rule behind it: what waits there is saved with the stream. */
  addSuppression(suppression: AlertSuppression): void {
    this.#suppressions.add(suppression);
  }

  removeSuppression(suppression: AlertSuppression): void {
    this.#suppressions.remove(suppression);
  }

  /** Its events wait there. */
  attach(feed: AlertFeed): void {
    this.#attached = feed;
  }

  /** Nothing that arrives later arrives before this. */
  get nowUs(): number {
    return this.#gate.nowUs;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  push(batch: EventBatch): void {
    this.#isFinished = false; // a file may have grown since
    const rejected = [...batch.rejected];
    const taken = rejected.length > 0 ? 0 : this.#takeOnTime(batch);
    if (taken < batch.length || rejected.length > 0) {
      const admitted = this.#gate.admit(taken === 0 ? batch : restOf(batch, taken), rejected);
      this.#rejectFirst(rejected);
      this.#tellStart();
      this.#hearRejected(rejected);
      this.#handleBatch(admitted);
    }
    // What was rejected moved the arrival clock; what was heard may be over for long enough by now.
    if (batch.rejected.length > 0 || !this.#work.listeners.isEmpty) this.#work.doUntil(this.#gate.nowUs);
    this.#tickSides();
  }

  tick(arrivalUs: number): void {
    this.#isFinished = false;
    this.#gate.tick(arrivalUs);
    this.#work.doUntil(this.#gate.nowUs);
    this.#tickSides();
  }

  /** `newestUs`: of the whole source, where other keys of it are elsewhere. */
  finish(newestUs?: number): void {
    const rejected: Rejection[] = [];
    const last = this.#gate.finish(rejected);
    this.#rejectFirst(rejected);
    this.#tellStart();
    if (last !== undefined) this.#handleBatch(last);
    this.#tickSides();
    this.#sides.finish(this.#gate.nowUs);
    const endUs = newestUs ?? this.newestUs();
    this.#moveAllTo(endUs);
    this.#work.entries.close();
    this.#work.driven.finish(this.#gate.nowUs);
    this.#isFinished = true;
    this.#sides.advanceFollowers();
  }

  get quietUs(): number {
    return this.clock.quietUs;
  }

  lastArrivalUs(keyId: number): number {
    return this.clock.lastArrivalUs(keyId);
  }

  /** Whether an event of a key has come. */
  hasSeen(keyId: number): boolean {
    return keyId < this.clock.newestUs.length && this.clock.newestUs[keyId]! > -Infinity;
  }

  /** The key's events of this time that have come: operators have been given them, or the key was forgotten since. */
  hasHandled(key: readonly Column[], row: number, timeUs: number): boolean {
    const keyId = this.pipeline.keys.find(key, row);
    return keyId < 0 || !this.hasSeen(keyId) || timeUs <= this.clock.watermarkUs(keyId, this.nowUs);
  }

  /** What is not of single keys. */
  snapshot(): Snapshot {
    return {
      gate: this.#gate.snapshot(),
      ...this.#work.snapshot(),
      isFinished: this.#isFinished,
      attached: this.#attached?.snapshot() ?? null,
      suppressions: this.#suppressions.snapshot(),
      counters: { ...this.counters },
    };
  }

  /** Of these keys: their clocks, the rows that wait, and what may be repeated. */
  snapshotKeys(keyIds: Uint32Array): Snapshot {
    this.clock.reserve(this.pipeline.keys.size); // a key may be known of which nothing was handled yet
    const { waiting, named } = this.#order.snapshot(keyIds);
    return {
      clock: this.clock.snapshot(keyIds),
      waiting,
      named: { ...named, ...this.#taken?.snapshot(keyIds) },
    };
  }

  /** `keptFrom`: the stored node whose state one takes over; null: it starts empty. */
  restore(snapshot: Snapshot, keptFrom: (nodeId: string) => string | null): void {
    this.#gate.restore(snapshot['gate'] as Snapshot);
    this.#work.restore(snapshot, keptFrom);
    this.#isFinished = snapshot['isFinished'] as boolean;
    this.#tellStart();
    const attached = snapshot['attached'] as Snapshot | null;
    if (attached !== null) this.#attached?.restore(attached);
    const suppressions = (snapshot['suppressions'] ?? {}) as { readonly [rule: string]: Snapshot }; // older states have none
    this.#suppressions.restore(suppressions, keptFrom);
    Object.assign(this.counters, snapshot['counters']);
  }

  /** Row i is of key `keyIds[i]`; −1: it is left out. */
  restoreKeys(snapshot: Snapshot, keyIds: Int32Array): void {
    this.clock.reserve(this.pipeline.keys.size);
    this.clock.restore(snapshot['clock'] as Snapshot, keyIds);
    this.#order.restore(snapshot, keyIds);
    this.#taken?.restore(snapshot['named'] as Snapshot, keyIds);
  }

  /** After all is restored: what is due when follows from it. */
  resume(): void {
    this.clock.reserve(this.pipeline.keys.size);
    this.#taken?.resume();
    this.#suppressions.resume();
    this.#order.resume();
    this.#wakes.resume();
  }

  /** How far the arrival clock has come. */
  get arrivalUs(): number {
    return this.#gate.nowUs;
  }

  get stateBytes(): number {
    let bytes = this.pipeline.keys.stateBytes + this.clock.stateBytes + this.#order.stateBytes;
    bytes += this.#taken?.stateBytes ?? 0;
    return bytes + this.#suppressions.stateBytes;
  }

  /** Handles the events from the front that come in order of time, segment by segment; returns how many. */
  #takeOnTime(batch: EventBatch): number {
    const { length, timeUs } = batch;
    const { keys, hasRekey } = this.pipeline;
    const { hasWakes, listeners, entries } = this.#work;
    if (this.clock.latenessUs > 0 || hasRekey) return 0;
    if (this.#taken !== undefined) return 0; // it has to see each event
    if (!this.#gate.passesInOrder || keys.changed.isTracked) return 0; // the loop changes keys while it finds them
    const bySymbol = this.#keys.bySymbol(batch);
    if (bySymbol === undefined) return 0;
    this.#keys.start(batch);
    this.#raw?.start(length);
    this.clock.reserve(keys.size);
    const keyIds = this.#keys.ids;
    const { symbols, idBySymbol } = bySymbol;
    const { futureUs } = this.#gate;
    const lastUs = timeUs[length - 1]!;
    let start = 0;
    while (start < length) {
      const { nowUs } = this.#gate;
      const firstUs = timeUs[start]!;
      if (firstUs < nowUs || firstUs > nowUs + futureUs) break;
      if (hasWakes || !listeners.isEmpty || entries.nextUs() < firstUs) this.#work.doUntil(firstUs);
      const untilUs = this.#work.quietUntilInOrderUs(firstUs, lastUs);
      const input = { timeUs, start, length, symbols, idBySymbol, nowUs, futureUs, untilUs };
      const end = takeOnTime(input, this.clock, keyIds);
      if (end === start) break;
      this.#gate.tick(timeUs[end - 1]!);
      this.counters.events += end - start;
      const frame = segmentOf(batch, timeUs, { keyIds, start, end });
      this.#hearSilent(frame);
      listeners.heard(keyIds, timeUs, start, end);
      this.#handle(frame);
      start = end;
    }
    if (this.#raw !== undefined && start > 0) this.#onRaw(this.#raw.take(batch, timeUs, start));
    return start;
  }

  #handleBatch(batch: EventBatch): void {
    const { length, arrivalUs } = batch;
    this.#late.start(batch);
    this.#keys.start(batch);
    this.#raw?.start(length);
    const keyIds = this.#keys.ids;
    // Where keys meet and may come again, the order in which they appear must not depend on how the input is cut.
    const areIdsGivenSingly = this.pipeline.hasRekey && this.#wakes.areForgotten;
    let start = 0;
    let forgotten = -1;
    while (start < length) {
      this.#work.doUntil(arrivalUs[start]!);
      if (areIdsGivenSingly) {
        this.#writeIds(start, start + 1);
      } else if (forgotten !== this.counters.forgotten) {
        forgotten = this.counters.forgotten; // ids are good until some key is forgotten
        this.#writeIds(start, length);
      }
      if (keyIds[start] === NO_KEY) {
        this.#raw?.leaveOut(start);
        this.#reject([this.#keys.refusal(batch, start++)]);
        continue;
      }
      const ran = this.#handleRun(batch, start);
      if (ran > start) {
        start = ran;
        continue;
      }
      const end = this.#keys.firstRefused(start, this.#segmentEnd(arrivalUs, start, length));
      this.counters.events += end - start;
      this.#work.listeners.heard(keyIds, arrivalUs, start, end);
      const places = this.#firsts(batch, keyIds, start, end);
      if (this.clock.latenessUs === 0) this.#handleInOrder(batch, keyIds, { start, end, places });
      else this.#order.take(batch, keyIds, { start, end, places });
      if (this.pipeline.hasRekey) {
        this.#wakes.schedule(keyIds[start]!);
        this.#work.scheduleMoved();
      }
      start = end;
    }
    this.#late.end(batch);
    if (this.#raw === undefined) return;
    const rows = this.#raw.take(batch, arrivalUs, length);
    if (rows.length > 0) this.#onRaw(rows);
  }

  /** Of events start … end−1. */
  #writeIds(start: number, end: number): void {
    this.#keys.write(start, end);
    this.clock.reserve(this.pipeline.keys.size);
  }

  /**
   * Up to where nothing can come due by the arrival clock alone: not what is queued, nor what an event of the segment
   * may set (`leastWake` after the segment's start at the earliest). Where keys meet (rekey), what one
   * key's event finds depends on which keys were heard of before it, so each event is a segment.
   */
  #segmentEnd(arrivalUs: Float64Array, start: number, length: number): number {
    return this.pipeline.hasRekey ? start + 1 : this.#quietEnd(arrivalUs, start, length);
  }

  #quietEnd(arrivalUs: Float64Array, start: number, length: number): number {
    const startUs = arrivalUs[start]!;
    const lastUs = arrivalUs[length - 1]!;
    const limitUs = this.#work.quietUntilUs(startUs, lastUs);
    if (lastUs < limitUs) return length;
    let end = start + 1;
    while (end < length && (arrivalUs[end]! < limitUs || arrivalUs[end] === startUs)) end++;
    return end;
  }

  /**
   * Where keys meet: handles the events from `start` on of which nothing is found otherwise one by one, as one frame. Returns the
   * place behind them. Benchmark: throughput/tumbling-by
   */
  #handleRun(batch: EventBatch, start: number): number {
    const isSeenSingly = this.clock.latenessUs > 0 || this.#taken !== undefined || this.#wakes.areForgotten;
    if (!this.pipeline.hasRekey || isSeenSingly || this.silence !== null || !this.#work.listeners.isEmpty) return start;
    const keyIds = this.#keys.ids;
    const known = this.rekeys.runEnd(keyIds, start, batch.length);
    if (known <= start + 1) return start;
    const end = this.#quietEnd(batch.arrivalUs, start, known);
    if (end <= start + 1) return start;
    const frame = segmentOf(batch, batch.arrivalUs, { keyIds, start, end });
    frame.length = this.clock.seeInOrder(frame, 0); // up to a late one
    if (frame.length === 0) return start;
    frame.isRun = true;
    this.counters.events += frame.length;
    this.#handle(frame);
    this.#work.scheduleMoved();
    return start + frame.length;
  }

  /** The places of those events that repeat none of their key (docs/language/unique.md); undefined: all are. */
  #firsts(batch: EventBatch, keyIds: Uint32Array, start: number, end: number): Uint32Array | undefined {
    if (this.#taken === undefined) return undefined;
    const length = end - start;
    this.#places = growUint32(this.#places, length);
    const count = this.#taken.take(batch, keyIds, { start, end }, this.#places);
    if (count === length) return undefined;
    this.counters.repeated += length - count;
    const places = this.#places.subarray(0, count);
    this.#raw?.keepOnly(places, { start, end });
    return places;
  }

  #handleInOrder(batch: EventBatch, keyIds: Uint32Array, { start, end, places }: Segment): void {
    const frame = this.#frameOf(batch, keyIds, { start, end, places });
    this.rekeys.beforeEvent(keyIds[start]!, batch.arrivalUs[start]!); // where there are any, a segment is one event
    this.#markLate(frame, start, places);
    this.#hearSilent(frame);
    this.#handle(frame);
  }

  #frameOf(batch: EventBatch, keyIds: Uint32Array, { start, end, places }: Segment): Frame {
    if (places !== undefined) return entriesAt(batch, keyIds, places);
    if (end === start + 1) return this.#singleEntries.at(batch, keyIds, start);
    return segmentOf(batch, batch.arrivalUs, { keyIds, start, end });
  }

  #handle(frame: Frame): void {
    this.pipeline.run(frame);
    if (this.#wakes.areForgotten || (this.pipeline.isWaitedFor && this.pipeline.hasDue)) this.#wakes.heardEach(frame);
  }

  /** Keys that were silent have spoken, with events that are not late. */
  #hearSilent({ length, keyIds, arrivalUs, rows }: Frame): void {
    const { silence } = this;
    if (silence === null || (silence.count === 0 && this.rekeys.isEmpty)) return;
    for (let i = 0; i < length; i++) {
      if (rows === undefined || rows[i] === 1) this.#hear(silence, keyIds[i]!, arrivalUs[i]!);
    }
  }

  #hear(silence: SilentKeys, keyId: number, arrivalUs: number): void {
    if (silence.count > 0) silence.hear(keyId, arrivalUs);
    this.rekeys.hear(keyId, arrivalUs);
  }

  /** Moves the keys' clocks; a late event stays in the frame as an entry that is no row. */
  #markLate(frame: Frame, start: number, places: Uint32Array | undefined): void {
    let i = 0;
    while ((i = this.clock.seeInOrder(frame, i)) < frame.length) {
      const place = places === undefined ? start + i : places[i]!;
      this.#late.note(place, frame.keyIds[i]!);
      this.#markOneLate(frame, i++);
    }
  }

  #markOneLate(frame: Frame, i: number): void {
    this.counters.late++;
    if (frame.rows === undefined) {
      frame.rows = new Uint8Array(frame.length).fill(1);
      frame.watermarkUs = frame.timeUs.slice();
    }
    frame.rows[i] = 0;
    frame.watermarkUs[i] = this.clock.watermarkUs(frame.keyIds[i]!, frame.arrivalUs[i]!);
  }

  #orderListener(): OrderListener {
    const { rekeys, silence } = this;
    return {
      hearsEach: () => !rekeys.isEmpty || (silence?.count ?? 0) > 0 || this.#wakes.isForgottenAfterWaiting,
      late: place => {
        this.counters.late++;
        this.#late.note(place, this.#keys.ids[place]!);
      },
      beforeEvent: (keyId, arrivalUs) => rekeys.beforeEvent(keyId, arrivalUs),
      took: (keyId, arrivalUs) => {
        if (silence !== null) this.#hear(silence, keyId, arrivalUs);
        this.#wakes.heard(keyId, arrivalUs);
      },
      tookInOrder: (keyIds, arrivalUs, start, end) => {
        const entries = { keyIds: keyIds.subarray(start, end), arrivalUs: arrivalUs.subarray(start, end) };
        this.#wakes.heardEach({ length: end - start, ...entries });
      },
      expired: (keyId, instantUs) => this.#wakes.waitedEnough(keyId, instantUs),
    };
  }

  #hearRejected(rejected: readonly Rejection[]): void {
    if (this.#work.listeners.isEmpty || rejected.length === 0) return;
    const { nowUs } = this.#gate;
    if (nowUs > -Infinity) this.hearAside(keysHeard(this.pipeline.keys, { rejected, nowUs }, this.#symbols));
  }

  #tellStart(): void {
    this.#work.listeners.started(this.#gate.firstUs);
  }

  #forget(keyId: number): void {
    this.aside?.forget(keyId);
    this.counters.forgotten++;
  }

  #moveAllTo(newestUs: number): void {
    const output = this.#order.open();
    for (const keyId of this.pipeline.keys.inOrder()) {
      const ownUs = this.clock.newestUs[keyId]!;
      if (ownUs === -Infinity) continue;
      this.pipeline.keys.changed.oneWillChange(keyId);
      this.#order.release(keyId, this.#gate.nowUs, Infinity);
      const endUs = this.clock.quietUs === Infinity ? ownUs : newestUs;
      this.clock.handle(keyId, endUs);
      output.advance(endUs);
    }
    output.frame.cause = 'end';
    this.#order.run();
  }

  /** Does what is due of a key up to this time, by what is known elsewhere. */
  moveTo(keyId: number, watermarkUs: number): void {
    const output = this.#order.open();
    this.pipeline.keys.changed.oneWillChange(keyId);
    this.#order.release(keyId, this.#gate.nowUs, Infinity);
    this.clock.handle(keyId, Math.max(watermarkUs, this.clock.newestUs[keyId]!));
    output.advance(watermarkUs);
    output.frame.cause = 'end';
    this.#order.run();
  }

  /** Other things are due of the key than were when it was handled last. */
  reschedule(keyId: number): void {
    if (this.#work.hasWakes) this.#wakes.schedule(keyId);
  }

  /** The newest event time of any key; −Infinity where there is none. */
  newestUs(): number {
    let newestUs = -Infinity;
    for (let keyId = 0; keyId < this.pipeline.keys.size; keyId++) {
      newestUs = Math.max(newestUs, this.clock.newestUs[keyId]!);
    }
    return newestUs;
  }

  #tickSides(): void {
    const { nowUs } = this.#gate;
    if (nowUs > -Infinity) this.#sides.tick(nowUs);
  }

  /** What is refused before any event of a batch is handled; it goes aside. */
  #rejectFirst(rejections: readonly Rejection[]): void {
    if (rejections.length === 0) return;
    this.#reject(rejections);
    this.#sides.takeRejected(rejections);
  }

  #reject(rejections: readonly Rejection[]): void {
    this.counters.rejected += rejections.length;
    for (const rejection of rejections) this.#onRejected(rejection);
  }
}
