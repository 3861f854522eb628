import type { SideNode, SourceNode } from '../../dsl/plan.ts';
import { type Column, type EventBatch, neededFields, type Rejection, type SymbolTable } from '../batch.ts';
import { assert } from '../errors.ts';
import type { ArrivalClock } from '../connector.ts';
import type { ArrivalDriven, ArrivalListener, Frame, Snapshot } from '../operator.ts';
import { RekeysBehind } from '../operators/rekey/rekeys-behind.ts';
import type { InputEntry, InputListener } from '../recorded-input.ts';
import { growUint32 } from '../state/growable.ts';
import { NO_KEY } from '../state/key-dictionary.ts';
import type { KeyLimit } from '../state/key-limit.ts';
import { ArrivalTimers } from '../state/arrival-timers.ts';
import { SilentKeys } from '../state/silent-keys.ts';
import { TakenEvents } from '../state/taken-events.ts';
import { sliceColumn } from '../state/columns.ts';
import { WakeQueue } from '../state/wake-queue.ts';
import { ArrivalDrivenSteps } from './arrival-driven-steps.ts';
import { ArrivalListeners } from './arrival-listeners.ts';
import { entriesAt, restOf, segmentOf, SingleEntries } from './batch-segment.ts';
import { type ArrivalGate, gateOf, type NameAt, nameReader } from './arrival-gate.ts';
import type { AlertFeed } from './alert-feed.ts';
import type { AlertSuppression } from './alert-suppression.ts';
import { EventOrder, type OrderListener, type Segment } from './event-order.ts';
import type { FramePipeline } from './frame-pipeline.ts';
import { EntryQueue } from './inputs/entry-queue.ts';
import type { KeyClock } from './key-clock.ts';
import { keysHeard, type KeysHeard } from './keys-heard.ts';
import type { RawRows } from './raw-rows.ts';
import { KeptAside } from './revision/kept-aside.ts';
import { LateMarks } from './revision/late-marks.ts';
import type { RevisedSites } from './revision/revised-sites.ts';
import type { RowColumns } from './row-batch.ts';
import { SourceSides } from './source-sides.ts';
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
  readonly #keyColumns: readonly number[];
  readonly #identity: readonly number[]; // columns with the sequence and the item
  readonly #nameAt: NameAt;
  readonly #keyLimit: KeyLimit;
  readonly #symbols: SymbolTable;
  readonly #wakes: WakeQueue;
  readonly #driven = new ArrivalDrivenSteps();
  readonly #sides: SourceSides;
  #attached: AlertFeed | undefined; // what its own events come from
  #suppressions: AlertSuppression[] = [];
  readonly #entries: EntryQueue; // of recorded inputs
  #isFinished = false;
  /** What the arrival clock alone brings about behind it. */
  readonly timers = new ArrivalTimers();
  /** Null: the stream does not state how long silence is. */
  readonly silence: SilentKeys | null;
  readonly rekeys = new RekeysBehind();
  readonly #arrivals = new ArrivalListeners();
  /** Of events that wait, where there is lateness. */
  readonly #order: EventOrder;
  /** What later events may repeat; undefined: none is a repetition. */
  readonly #taken: TakenEvents | undefined;
  readonly #onRejected: (rejection: Rejection) => void;
  /** How long a key must be unseen to be forgotten; Infinity: it never is. */
  readonly #expireUs: number;
  /** No sooner than this after an event arrives does the arrival clock bring anything about for its key. */
  readonly #leastWakeUs: number;
  /** With `idle never`, a key that rows wait for is not looked at again until they are handed over, and then must be. */
  readonly #isForgottenAfterWaiting: boolean;
  /** Of its raw series, where that is stored. */
  readonly #raw: RawRows | undefined;
  readonly #onRaw: (rows: RowColumns) => void;
  /** Of late events that revise windows; undefined: they revise none. */
  readonly marks: LateMarks | undefined;
  /** Where late events revise windows: copies of what operators are given. */
  readonly aside: KeptAside | undefined;
  readonly #revisedSites: RevisedSites[] = [];
  readonly #singleEntries = new SingleEntries();
  #keyIds = new Uint32Array(0); // of the batch
  #places = new Uint32Array(0); // of events in it that repeat nothing
  #batch: EventBatch | undefined; // that is being handled
  #hasRefused = false; // whether any of them is NO_KEY
  #wokenUs = -Infinity;

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
    const { node, symbols, arrivalClock } = options;
    this.clock = options.clock;
    const { quietUs, latenessUs } = this.clock;
    const leastUs = Math.max(quietUs < Infinity ? quietUs : latenessUs, node.unique?.withinUs ?? 0);
    this.#expireUs = node.expireUs === null ? Infinity : Math.max(node.expireUs, leastUs);
    this.#leastWakeUs = Math.min(quietUs - latenessUs, this.#expireUs);
    this.#isForgottenAfterWaiting = quietUs === Infinity && this.#expireUs < Infinity;
    const { clock } = this;
    this.silence =
      node.staleUs === undefined
        ? null
        : new SilentKeys({ afterUs: quietUs, lastArrivalUs: keyId => clock.lastArrivalUs(keyId) });
    this.#wakes = new WakeQueue(keyId => options.pipeline.keys.ordinals[keyId]!);
    this.pipeline = options.pipeline;
    this.#entries = new EntryQueue(options.clocksOf);
    this.#onRejected = options.onRejected;
    this.#raw = options.raw;
    this.#onRaw = options.onRaw;
    const fields = neededFields(node);
    this.#order = new EventOrder({
      clock,
      pipeline: options.pipeline,
      fields,
      listener: this.#orderListener(),
    });
    this.#sides = new SourceSides(fields, symbols);
    if (options.revised.length > 0) {
      const aside = new KeptAside(fields.length);
      this.marks = new LateMarks(options.revised, options.pipeline.keys);
      this.aside = aside;
      options.pipeline.addTap(frame => aside.see(frame));
    }
    this.#taken = node.unique === undefined ? undefined : new TakenEvents(node.unique, fields);
    this.#identity = fields.flatMap(({ from }, column) =>
      from.kind === 'identity' && from.part !== 'source' ? [column] : [],
    );
    this.#keyColumns = node.key.map(name => fields.findIndex(field => field.name === name));
    this.#nameAt = nameReader(node, symbols);
    this.#keyLimit = options.keyLimit;
    this.#symbols = symbols;
    this.#gate = gateOf(node, arrivalClock, symbols);
  }

  /** Late events revise windows of its sites. */
  addRevisedSites(sites: RevisedSites): void {
    this.#revisedSites.push(sites);
    this.pipeline.addTap(frame => sites.aside.see(frame));
  }

  addArrivalDriven(operator: ArrivalDriven, next: FramePipeline): void {
    this.#driven.add(operator, next);
  }

  addArrivalListener(nodeId: string, listener: ArrivalListener, next: FramePipeline): void {
    this.#arrivals.add(nodeId, listener, next);
  }

  removeArrivalDriven(operator: object): void {
    this.#arrivals.remove(operator);
    this.#driven.remove(operator);
  }

  /** What is late, or rejected before it comes here, goes on as events of this stream. */
  addSide(node: SideNode, stream: SourceStream): void {
    this.#sides.add(node, stream);
  }

  /** `frame`: whose keys its state is by. */
  addListener(listener: InputListener, frame: FramePipeline): void {
    this.#entries.addListener(listener, frame);
  }

  removeListener(listener: object): void {
    this.#entries.removeListener(listener);
  }

  /** An entry of a recorded input: what hears it here does when the arrival clock has passed its place. */
  addEntry(entry: InputEntry): void {
    this.#entries.add(entry);
  }

  /** The arrival of the first message of the whole source, of which a part comes here. */
  start(firstUs: number): void {
    this.#gate.start(firstUs);
    this.#tellStart();
  }

  /** Messages that are no events, in order of arrival; of keys here and elsewhere. */
  hearAside(heard: KeysHeard): void {
    if (this.#arrivals.isEmpty) return;
    this.#arrivals.addAside(heard);
    while (this.#arrivals.nextAsideUs <= this.#wokenUs) this.#arrivals.takeAside();
  }

  addFollower(follower: Follower): void {
    this.#sides.addFollower(follower);
  }

  /** Of a rule behind it: what waits there is saved with the stream. */
  addSuppression(suppression: AlertSuppression): void {
    this.#suppressions.push(suppression);
  }

  removeSuppression(suppression: AlertSuppression): void {
    this.#suppressions = this.#suppressions.filter(other => other !== suppression);
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
    if (batch.rejected.length > 0 || !this.#arrivals.isEmpty) this.#wakeUntil(this.#gate.nowUs);
    this.#tickSides();
  }

  tick(arrivalUs: number): void {
    this.#isFinished = false;
    this.#gate.tick(arrivalUs);
    this.#wakeUntil(this.#gate.nowUs);
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
    this.#entries.close();
    this.#driven.finish(this.#gate.nowUs);
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
      wokenUs: this.#wokenUs,
      heardSequence: this.#entries.snapshot(),
      deployed: this.#arrivals.snapshot(),
      isFinished: this.#isFinished,
      attached: this.#attached?.snapshot() ?? null,
      suppressions: Object.fromEntries(this.#suppressions.map(each => [each.ruleId, each.snapshot()])),
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
    this.#wokenUs = snapshot['wokenUs'] as number;
    this.#entries.restore(snapshot['heardSequence'] as number);
    this.#isFinished = snapshot['isFinished'] as boolean;
    this.#arrivals.restore(snapshot['deployed'] as Snapshot, keptFrom, this.#wokenUs);
    this.#tellStart();
    const attached = snapshot['attached'] as Snapshot | null;
    if (attached !== null) this.#attached?.restore(attached);
    const suppressions = (snapshot['suppressions'] ?? {}) as { readonly [rule: string]: Snapshot }; // older states have none
    for (const suppression of this.#suppressions) {
      const stored = suppressions[keptFrom(suppression.ruleId) ?? ''];
      if (stored !== undefined) suppression.restore(stored);
    }
    Object.assign(this.counters, snapshot['counters']);
  }

  /** Row i is of key `keyIds[i]`; −1: it is left out. */
  restoreKeys(snapshot: Snapshot, keyIds: Int32Array): void {
    this.clock.reserve(this.pipeline.keys.size);
    this.clock.restore(snapshot['clock'] as Snapshot, keyIds);
    this.#order.restore(snapshot, keyIds);
    this.#taken?.restore(snapshot['named'] as Snapshot, keyIds);
  }

  /**
   * After all is restored: what is due when follows from it. Keys are queued at lower bounds, as behind events: thousands of
   * rules are asked of a key when its turn comes, and not of all keys at once.
   */
  resume(): void {
    const { keys } = this.pipeline;
    this.clock.reserve(keys.size);
    this.#taken?.resume();
    for (const suppression of this.#suppressions) suppression.resume();
    this.#order.resume();
    for (let keyId = 0; keyId < keys.size; keyId++) {
      if (keys.isKnown[keyId] === 0 || this.clock.newestUs[keyId] === -Infinity) continue;
      this.#wakes.set(keyId, this.clock.lastArrivalUs(keyId) + this.#leastWakeUs);
    }
  }

  /** How far the arrival clock has come. */
  get arrivalUs(): number {
    return this.#gate.nowUs;
  }

  get stateBytes(): number {
    let bytes = this.pipeline.keys.stateBytes + this.clock.stateBytes + this.#order.stateBytes;
    bytes += this.#taken?.stateBytes ?? 0;
    for (const suppression of this.#suppressions) bytes += suppression.stateBytes;
    return bytes;
  }

  /** Handles the events from the front that come in order of time, segment by segment; returns how many. */
  #takeOnTime(batch: EventBatch): number {
    const { length, timeUs } = batch;
    const { keys, hasRekey } = this.pipeline;
    const hasWakes = this.#hasWakes;
    const idBySymbol = this.#keyColumns.length === 0 ? NO_IDS : keys.idBySymbol();
    const keyColumn = batch.columns[this.#keyColumns[0] ?? -1];
    const hasNullKeys = keyColumn?.valid !== undefined;
    if (this.clock.latenessUs > 0 || hasRekey || idBySymbol === undefined || hasNullKeys) return 0;
    if (this.#taken !== undefined) return 0; // it has to see each event
    if (!this.#gate.passesInOrder || keys.changed.isTracked) return 0; // the loop changes keys while it finds them
    this.#keyIds = growUint32(this.#keyIds, length);
    this.#raw?.start(length);
    this.clock.reserve(keys.size);
    const symbols = keyColumn?.values as Uint32Array | undefined; // as: idBySymbol is there
    const { futureUs } = this.#gate;
    let start = 0;
    while (start < length) {
      const { nowUs } = this.#gate;
      const firstUs = timeUs[start]!;
      if (firstUs < nowUs || firstUs > nowUs + futureUs) break;
      if (hasWakes || !this.#arrivals.isEmpty || this.#entries.nextUs() < firstUs) this.#wakeUntil(firstUs);
      const wakeUs = hasWakes
        ? Math.min(this.#nextKeyWakeUs(timeUs[length - 1]!), firstUs + this.#leastWakeUs, firstUs + this.timers.leastUs)
        : Infinity;
      const untilUs = Math.min(
        wakeUs,
        this.#entries.nextUs(),
        this.timers.nextUs(timeUs[length - 1]!),
        this.#nextDrivenUs(firstUs),
      );
      const input = { timeUs, start, length, symbols, idBySymbol, nowUs, futureUs, untilUs };
      const end = takeOnTime(input, this.clock, this.#keyIds);
      if (end === start) break;
      this.#gate.tick(timeUs[end - 1]!);
      this.counters.events += end - start;
      const frame = segmentOf(batch, timeUs, { keyIds: this.#keyIds, start, end });
      this.#hearSilent(frame);
      this.#arrivals.heard(this.#keyIds, timeUs, start, end);
      this.#handle(frame);
      start = end;
    }
    if (this.#raw !== undefined && start > 0) this.#onRaw(this.#raw.take(batch, timeUs, start));
    return start;
  }

  #handleBatch(batch: EventBatch): void {
    const { length, arrivalUs } = batch;
    this.#batch = batch;
    this.#keyIds = growUint32(this.#keyIds, length);
    this.#raw?.start(length);
    const keyIds = this.#keyIds;
    const keyColumns = this.#keyColumns.map(c => batch.columns[c]!);
    // Where keys meet and may come again, the order in which they appear must not depend on how the input is cut.
    const areIdsGivenSingly = this.pipeline.hasRekey && this.#expireUs < Infinity;
    let start = 0;
    let forgotten = -1;
    while (start < length) {
      this.#wakeUntil(arrivalUs[start]!);
      if (areIdsGivenSingly) {
        this.#writeIds(keyColumns, start, start + 1);
      } else if (forgotten !== this.counters.forgotten) {
        forgotten = this.counters.forgotten; // ids are good until some key is forgotten
        this.#writeIds(keyColumns, start, length);
      }
      if (keyIds[start] === NO_KEY) {
        this.#raw?.leaveOut(start);
        this.#refuse(batch, start++);
        continue;
      }
      const ran = this.#handleRun(batch, start);
      if (ran > start) {
        start = ran;
        continue;
      }
      const end = this.#firstRefused(start, this.#segmentEnd(arrivalUs, start, length));
      this.counters.events += end - start;
      this.#arrivals.heard(keyIds, arrivalUs, start, end);
      const places = this.#firsts(batch, keyIds, start, end);
      if (this.clock.latenessUs === 0) this.#handleInOrder(batch, keyIds, { start, end, places });
      else this.#order.take(batch, keyIds, { start, end, places });
      if (this.pipeline.hasRekey) {
        this.#schedule(keyIds[start]!);
        this.#scheduleMoved();
      }
      start = end;
    }
    this.#batch = undefined;
    this.#sides.takeLate(batch);
    if (this.#raw === undefined) return;
    const rows = this.#raw.take(batch, arrivalUs, length);
    if (rows.length > 0) this.#onRaw(rows);
  }

  /** Of events start … end−1. */
  #writeIds(keyColumns: readonly Column[], start: number, end: number): void {
    const { keys } = this.pipeline;
    const rest = start === 0 ? keyColumns : keyColumns.map(column => sliceColumn(column, start, end));
    this.#hasRefused = keys.writeIds(rest, end - start, this.#keyIds.subarray(start));
    if (this.#hasRefused) {
      const known = this.#keyIds.subarray(start, end).filter(keyId => keyId !== NO_KEY);
      keys.changed.willChange(known, 0, known.length);
    } else {
      keys.changed.willChange(this.#keyIds, start, end);
    }
    this.clock.reserve(keys.size);
  }

  /** The first event from `start` on whose key is refused; `end`: none before it. */
  #firstRefused(start: number, end: number): number {
    if (!this.#hasRefused) return end;
    const at = this.#keyIds.indexOf(NO_KEY, start);
    return at < 0 || at > end ? end : at;
  }

  /** An event whose key would be one too many: no clock moves for it, and no operator sees it. */
  #refuse(batch: EventBatch, i: number): void {
    this.#reject([
      {
        stream: this.pipeline.id,
        code: 'MR4021',
        reason:
          `${this.pipeline.id} may have ${this.#keyLimit.maxKeys.toLocaleString('en')} keys, and this would be one more: ` +
          'forget unseen ones with `expire`, choose a key of fewer values, or raise `keys` in millrace.yaml',
        raw: '',
        arrivalUs: batch.arrivalUs[i]!,
        eventTimeUs: batch.timeUs[i]!,
        ...this.#nameAt(batch, i),
        atIndex: i,
      },
    ]);
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
    let limitUs = Math.min(
      this.#nextKeyWakeUs(lastUs),
      startUs + this.#leastWakeUs,
      this.#entries.nextUs(),
      this.pipeline.hasRekey ? this.#driven.nextUs(lastUs) : this.#nextDrivenUs(startUs),
    );
    limitUs = Math.min(limitUs, this.timers.nextUs(lastUs), startUs + this.timers.leastUs);
    if (this.#isForgottenAfterWaiting && this.clock.latenessUs > 0) {
      limitUs = Math.min(limitUs, this.#order.nextExpiryUs(), startUs + this.clock.latenessUs);
    }
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
    const isSeenSingly = this.clock.latenessUs > 0 || this.#taken !== undefined || this.#expireUs < Infinity;
    if (!this.pipeline.hasRekey || isSeenSingly || this.silence !== null || !this.#arrivals.isEmpty) return start;
    const keyIds = this.#keyIds;
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
    this.#scheduleMoved();
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
    if (this.#expireUs < Infinity || (this.pipeline.isWaitedFor && this.pipeline.hasDue)) this.#queueKeys(frame);
  }

  get #hasWakes(): boolean {
    return this.pipeline.isWaitedFor || this.#expireUs < Infinity;
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
      this.#noteLate(places === undefined ? start + i : places[i]!);
      this.#markOneLate(frame, i++);
    }
  }

  #noteLate(place: number): void {
    this.#raw?.late(place);
    this.#sides.noteLate(place);
    if (this.marks === undefined && this.#revisedSites.length === 0) return;
    const { timeUs, arrivalUs, columns } = this.#batch!; // it is one of the batch's events
    const keyId = this.#keyIds[place]!;
    const watermarkUs = this.clock.watermarkUs(keyId, arrivalUs[place]!);
    const [sequence, item] = this.#identity.map(column => this.#batch!.columns[column]!.values[place] as number); // as: of ints
    const eventPlace = { arrivalUs: arrivalUs[place]!, sequence: sequence ?? 0, item: item ?? 0 };
    const event = { timeUs: timeUs[place]!, watermarkUs, place: eventPlace };
    this.marks?.note(keyId, event);
    for (const sites of this.#revisedSites) sites.noteLate({ ...event, keyId, columns, row: place });
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

  /** Each key, once something is due of any, has to be looked at, at the latest, when it has been quiet for so long that something could be due. */
  #queueKeys(frame: Frame): void {
    if (this.#leastWakeUs < Infinity) this.#wakes.setNoLater(frame, this.#leastWakeUs);
  }

  #orderListener(): OrderListener {
    const { rekeys, silence } = this;
    return {
      hearsEach: () => !rekeys.isEmpty || (silence?.count ?? 0) > 0 || this.#isForgottenAfterWaiting,
      late: place => {
        this.counters.late++;
        this.#noteLate(place);
      },
      beforeEvent: (keyId, arrivalUs) => rekeys.beforeEvent(keyId, arrivalUs),
      took: (keyId, arrivalUs) => {
        if (silence !== null) this.#hear(silence, keyId, arrivalUs);
        this.#wakeNoLater(keyId, arrivalUs + this.#leastWakeUs);
      },
      tookInOrder: (keyIds, arrivalUs, start, end) => {
        if (this.#leastWakeUs === Infinity) return;
        const entries = { keyIds: keyIds.subarray(start, end), arrivalUs: arrivalUs.subarray(start, end) };
        this.#wakes.setNoLater({ length: end - start, ...entries }, this.#leastWakeUs);
      },
      expired: (keyId, instantUs) => {
        if (this.#isForgottenAfterWaiting) this.#wakeNoLater(keyId, Math.max(instantUs, this.#unseenUs(keyId)));
      },
    };
  }

  #nextWakeUs(untilUs: number): number {
    const ofKeysUs = Math.min(this.#nextKeyWakeUs(untilUs), this.#order.nextExpiryUs(), this.timers.nextUs(untilUs));
    return Math.min(ofKeysUs, this.#driven.nextUs());
  }

  /** No sooner does what hears of arrivals bring anything about, whatever comes from `fromUs` on. */
  #nextDrivenUs(fromUs: number): number {
    if (this.#arrivals.isEmpty) return Infinity;
    return Math.min(this.#arrivals.nextUs(fromUs), this.#driven.nextUs());
  }

  /**
   * The earliest instant at which something is due of a silent key; of one behind `untilUs`, a lower bound. Keys are
   * queued at lower bounds, mostly of events that others have followed since: these move on, without cutting the batch
   * and without asking the operators.
   */
  #nextKeyWakeUs(untilUs: number): number {
    for (;;) {
      const queuedUs = this.#wakes.nextUs();
      if (queuedUs > untilUs || queuedUs === Infinity) return queuedUs;
      const keyId = this.#wakes.nextKeyId();
      const boundUs = this.clock.lastArrivalUs(keyId) + this.#leastWakeUs;
      const instantUs = boundUs > queuedUs ? boundUs : this.#wakeInstantUs(keyId);
      if (instantUs <= queuedUs) return queuedUs;
      this.#wakes.putOffNext(instantUs);
    }
  }

  /**
   * Does everything that is due by this instant of the arrival clock, in order; once for each instant, so that it does
   * not matter whether events that arrived together are handed over together.
   */
  #wakeUntil(untilUs: number): void {
    for (let placeUs = this.#entries.nextUs(); placeUs < untilUs; placeUs = this.#entries.nextUs()) {
      this.#wakeBetweenEntries(placeUs);
      this.#arrivals.resume();
      for (const keyId of this.#entries.hearNext(this.pipeline.keys)) this.#schedule(keyId);
    }
    this.#wakeBetweenEntries(untilUs);
  }

  #wakeBetweenEntries(untilUs: number): void {
    if (untilUs <= this.#wokenUs) return;
    let instantUs = this.#wokenUs; // what a key no longer holds up was due before, and happens now
    this.#wokenUs = untilUs;
    for (;;) {
      const dueUs = this.#nextWakeUs(untilUs);
      const asideUs = this.#arrivals.nextAsideUs;
      const nextUs = Math.min(dueUs, asideUs);
      if (nextUs > untilUs || nextUs === Infinity) return;
      if (asideUs < dueUs) {
        this.#arrivals.takeAside();
        continue;
      }
      instantUs = Math.max(instantUs, nextUs);
      if (this.#order.nextExpiryUs() <= instantUs) this.#order.expire(instantUs);
      else if (this.#wakes.nextUs() <= instantUs) this.#wakeKeys(instantUs);
      else if (this.timers.nextUs(instantUs) <= instantUs)
        for (const keyId of this.timers.arrive(instantUs)) this.#schedule(keyId);
      else this.#driven.arrive(instantUs);
      this.#scheduleMoved();
    }
  }

  #hearRejected(rejected: readonly Rejection[]): void {
    if (this.#arrivals.isEmpty || rejected.length === 0) return;
    const { nowUs } = this.#gate;
    if (nowUs > -Infinity) this.hearAside(keysHeard(this.pipeline.keys, { rejected, nowUs }, this.#symbols));
  }

  #tellStart(): void {
    this.#arrivals.started(this.#gate.firstUs);
  }

  #wakeNoLater(keyId: number, boundUs: number): void {
    if (this.#wakes.instantOf(keyId) > boundUs) this.#wakes.set(keyId, boundUs);
  }

  #wakeKeys(instantUs: number): void {
    const output = this.#order.open();
    const woken: number[] = [];
    for (let keyId = this.#wakes.take(instantUs); keyId !== undefined; keyId = this.#wakes.take(instantUs)) {
      if (this.#wakeInstantUs(keyId) > instantUs) {
        this.#schedule(keyId);
        continue;
      }
      this.pipeline.keys.changed.oneWillChange(keyId);
      woken.push(keyId);
      if (this.#dueInstantUs(keyId) > instantUs) continue; // only to be forgotten
      const watermarkUs = this.clock.silentUs(keyId, instantUs);
      this.#order.release(keyId, instantUs, watermarkUs);
      output.advance(watermarkUs);
    }
    output.frame.cause = 'clock';
    this.#order.run();
    for (const keyId of woken) this.#settle(keyId, instantUs);
  }

  /** After what was due of a key is done: it is forgotten if it is time, or queued for what is next. */
  #settle(keyId: number, instantUs: number): void {
    if (this.#expiresUs(keyId) <= instantUs) {
      this.#taken?.letGo(instantUs); // all that is remembered of the key is among it
      this.#forget(keyId, instantUs);
      return;
    }
    this.#schedule(keyId);
    assert(this.#wakes.instantOf(keyId) > instantUs, 'what was due is still due');
  }

  #forget(keyId: number, instantUs: number): void {
    this.#arrivals.forgotten(keyId, instantUs);
    this.aside?.forget(keyId);
    this.pipeline.forget(keyId);
    this.#order.forget(keyId);
    this.clock.forget(keyId);
    this.#wakes.set(keyId, Infinity);
    this.pipeline.keys.forget(keyId);
    this.counters.forgotten++;
  }

  /** When the arrival clock alone has something to do for the key. */
  #wakeInstantUs(keyId: number): number {
    return Math.min(this.#dueInstantUs(keyId), this.#expiresUs(keyId));
  }

  /** When the arrival clock alone brings the key to what is next due there. */
  #dueInstantUs(keyId: number): number {
    if (this.clock.quietUs === Infinity) return Infinity;
    const dueUs = Math.min(this.pipeline.nextDueUs(keyId), this.#order.oldestUs(keyId));
    return dueUs === Infinity ? Infinity : this.clock.reachesUs(keyId, dueUs);
  }

  /** When the key is forgotten; Infinity while something of it is pending. */
  #expiresUs(keyId: number): number {
    if (this.#expireUs === Infinity || this.#isPending(keyId)) return Infinity;
    return this.#unseenUs(keyId);
  }

  /** When the key has not been seen for as long as `expire` says, and nothing is remembered that may be repeated. */
  #unseenUs(keyId: number): number {
    const unseenUs = this.clock.lastArrivalUs(keyId) + this.#expireUs;
    return this.#taken === undefined ? unseenUs : Math.max(unseenUs, this.#taken.rememberedUntilUs(keyId));
  }

  #isPending(keyId: number): boolean {
    return this.#order.oldestUs(keyId) < Infinity || this.pipeline.isPending(keyId);
  }

  #schedule(keyId: number): void {
    this.#wakes.set(keyId, this.#wakeInstantUs(keyId));
  }

  #scheduleMoved(): void {
    this.#driven.forEachMoved(keyId => {
      if (this.pipeline.keys.isKnown[keyId] === 1) this.#schedule(keyId);
    });
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
    if (this.#hasWakes) this.#schedule(keyId);
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

const NO_IDS = new Int32Array(0);
