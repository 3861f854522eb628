import type { Field, MergeNode } from '../../../dsl/plan.ts';
import { type Column, createColumn } from '../../batch.ts';
import type { Frame, Snapshot } from '../../operator.ts';
import { growFloat64 } from '../../state/growable.ts';
import type { RowOutput } from '../../state/row-output.ts';
import { namedEntries, restoredEntries } from '../../state/named-entries.ts';
import { type ComingEntries, ENTRY_KIND, WaitingEntries } from '../../state/waiting-entries.ts';
import { MAX_WAITING_ROWS } from '../arrival-merge.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { type InputDelay, MergeClock } from './merge-clock.ts';
import { MergedRows } from './merged-rows.ts';

/** The entries of each input that wait, by key, and how far each has come: what may go, and when. */
export class MergedKeys {
  /** By input: rows that came behind what was handed over. */
  readonly late: number[];
  readonly #keys: KeyDictionary;
  readonly #clock: MergeClock;
  readonly #waiting: readonly WaitingEntries[]; // by input; bound: MAX_WAITING_ROWS, and what its lateness lets wait
  readonly #fields: readonly (readonly Field[])[]; // of the rows that wait, by input
  readonly #rows: MergedRows;
  readonly #oldest: { readonly timeUs: Float64Array; readonly sinceUs: Float64Array };
  #turn = 0; // counts the calls of takeComing
  #turns = new Float64Array(0); // by key, the last one that took it

  constructor(node: MergeNode, delays: readonly InputDelay[], keys: KeyDictionary) {
    this.late = delays.map(() => 0);
    this.#keys = keys;
    this.#clock = new MergeClock(delays);
    this.#fields = node.inputs.map(({ columns }) => columns);
    this.#waiting = this.#fields.map(fields => new WaitingEntries(fields.map(({ type }) => createColumn(type, 0))));
    this.#rows = new MergedRows(node, keys);
    this.#oldest = { timeUs: new Float64Array(delays.length), sinceUs: new Float64Array(delays.length) };
  }

  /** By input: whether so much waits for the others' clocks that it is not to be read on. */
  get isFull(): readonly boolean[] {
    return this.#waiting.map(({ comingCount }) => comingCount > MAX_WAITING_ROWS);
  }

  /** Room for all keys that are known. */
  reserve(): void {
    this.#clock.reserve(this.#keys.size);
  }

  /** Entries of an input that are still to come. */
  add(input: number, entries: ComingEntries, columns: readonly (Column | undefined)[]): void {
    this.#waiting[input]!.addAll(entries, columns);
  }

  /** The instant at which the next entry of any key comes; Infinity: none is known. */
  get nextComingUs(): number {
    let nextUs = Infinity;
    for (let input = 0; input < this.#waiting.length; input++) {
      nextUs = Math.min(nextUs, this.#waiting[input]!.nextComingUs);
    }
    return nextUs;
  }

  /** Whether of the keys of which something comes by an instant one is so. */
  someComes(instantUs: number, isSo: (keyId: number) => boolean): boolean {
    return this.#waiting.some(waiting => waiting.someComes(instantUs, isSo));
  }

  /** Writes the keys of which something comes by an instant, each once, behind those that are there; they have to be reached. */
  takeComing(instantUs: number, keyIds: number[]): void {
    const turn = ++this.#turn;
    this.#turns = growFloat64(this.#turns, this.#keys.size);
    for (let i = 0; i < keyIds.length; i++) this.#turns[keyIds[i]!] = turn;
    for (let input = 0; input < this.#waiting.length; input++) {
      const waiting = this.#waiting[input]!;
      while (waiting.nextComingUs <= instantUs) {
        const keyId = waiting.takeComingKey();
        if (this.#turns[keyId] === turn) continue;
        this.#turns[keyId] = turn;
        keyIds.push(keyId);
      }
    }
  }

  /** The instant of the key's next entry to come; Infinity: none is known. */
  comingUs(keyId: number): number {
    let comingUs = Infinity;
    for (const waiting of this.#waiting) comingUs = Math.min(comingUs, waiting.comingUs(keyId));
    return comingUs;
  }

  /** When anything was told of the key for the last time; −Infinity: nothing was. */
  heardUs(keyId: number): number {
    return this.#clock.heardUs(keyId);
  }

  /** The time that the key has come to. */
  handedUs(keyId: number): number {
    return this.#clock.handedUs(keyId);
  }

  /** Whether an entry of the key comes, or may go, by an instant. */
  hasEntry(keyId: number, instantUs: number): boolean {
    if (this.comingUs(keyId) <= instantUs) return true;
    const input = this.#findOldest(keyId);
    if (input < 0) return false;
    const entry = { timeUs: this.#oldest.timeUs[input]!, sinceUs: this.#oldest.sinceUs[input]! };
    return this.#clock.passesUs(keyId, input, entry) <= instantUs;
  }

  /** How far it has come by an instant, whether that was handed over or not. */
  reachedUs(keyId: number, atUs: number): number {
    this.#findOldest(keyId);
    return Math.max(this.handedUs(keyId), this.#clock.reachedUs(keyId, atUs, this.#oldest));
  }

  hasWaiting(keyId: number): boolean {
    return this.#waiting.some(waiting => waiting.oldest(keyId) >= 0);
  }

  /**
   * Takes what has come of the key by an instant. It is late behind the time of a microsecond before: what this instant lets pass
   * comes behind it, as the last of it is what an input's own lateness has held back until then.
   */
  reach(keyId: number, instantUs: number): void {
    this.#findOldest(keyId);
    this.#clock.handOver(keyId, this.#clock.reachedUs(keyId, instantUs - 1, this.#oldest));
    for (let input = 0; input < this.#waiting.length; input++) {
      while (this.#waiting[input]!.comingUs(keyId) <= instantUs) this.#reachOne(keyId, input);
    }
  }

  /** Hands over the key's entries that the other inputs let pass by an instant, in order; returns how many were rows. */
  release(keyId: number, instantUs: number, output: RowOutput): number {
    let rows = 0;
    for (;;) {
      const input = this.#findOldest(keyId);
      if (input < 0) return rows;
      const timeUs = this.#oldest.timeUs[input]!;
      const sinceUs = this.#oldest.sinceUs[input]!;
      if (this.#clock.passesUs(keyId, input, { timeUs, sinceUs }) > instantUs) return rows;
      const waiting = this.#waiting[input]!;
      const slot = waiting.oldest(keyId);
      if (waiting.kind(slot) === ENTRY_KIND.row) {
        this.#rows.add(input, slot, output.row(timeUs, waiting.cameUs(slot)));
        rows++;
      }
      waiting.removeOldest(keyId);
      this.#clock.handOver(keyId, timeUs);
    }
  }

  /** As `reach`, `release` and `comeTo`, where entries pass as they come (`isPrompt`). Benchmark: joins */
  pass(keyId: number, instantUs: number, output: RowOutput): number {
    const clock = this.#clock;
    clock.come(keyId, instantUs - 1);
    const lateUs = clock.handedUs(keyId);
    const waiting = this.#waiting;
    let rows = 0;
    for (let input = 0; input < waiting.length; input++) {
      const entries = waiting[input]!;
      let slot = entries.firstComing(keyId);
      while (slot >= 0 && entries.arrivalUs(slot) <= instantUs) {
        clock.tellOf(keyId, input, entries, slot);
        if (entries.kind(slot) === ENTRY_KIND.row) rows++;
        slot = entries.next(slot);
      }
    }
    if (rows > 1) rows = this.#passInOrder(keyId, { instantUs, lateUs }, output);
    else rows = this.#passOne(keyId, { instantUs, lateUs }, output);
    clock.come(keyId, instantUs);
    return rows;
  }

  /** Of entries by an instant, of which one at most is a row. */
  #passOne(keyId: number, { instantUs, lateUs }: Passing, output: RowOutput): number {
    const waiting = this.#waiting;
    let rows = 0;
    for (let input = 0; input < waiting.length; input++) {
      const entries = waiting[input]!;
      for (;;) {
        const slot = entries.firstComing(keyId);
        if (slot < 0 || entries.arrivalUs(slot) > instantUs) break;
        if (this.#passFirst(keyId, input, lateUs, output)) rows++;
      }
    }
    return rows;
  }

  #passInOrder(keyId: number, { instantUs, lateUs }: Passing, output: RowOutput): number {
    let rows = 0;
    for (let input = this.#firstBy(keyId, instantUs); input >= 0; input = this.#firstBy(keyId, instantUs)) {
      if (this.#passFirst(keyId, input, lateUs, output)) rows++;
    }
    return rows;
  }

  /** The key's next entry of an input; whether it is a row that is handed over. */
  #passFirst(keyId: number, input: number, lateUs: number, output: RowOutput): boolean {
    const entries = this.#waiting[input]!;
    const slot = entries.firstComing(keyId);
    const timeUs = entries.timeUs(slot);
    const isRow = entries.kind(slot) === ENTRY_KIND.row;
    const isLate = timeUs < lateUs;
    if (isRow && isLate) this.late[input]!++;
    else if (isRow) this.#rows.add(input, slot, output.row(timeUs, entries.cameUs(slot)));
    entries.removeFirst(keyId);
    return isRow && !isLate;
  }

  /** The input whose next entry by an instant comes first: by time, arrival, and place; −1: there is none. */
  #firstBy(keyId: number, instantUs: number): number {
    const waiting = this.#waiting;
    let first = -1;
    let firstUs = 0;
    let firstCameUs = 0;
    for (let input = 0; input < waiting.length; input++) {
      const entries = waiting[input]!;
      const slot = entries.firstComing(keyId);
      if (slot < 0 || entries.arrivalUs(slot) > instantUs) continue;
      const timeUs = entries.timeUs(slot);
      if (first >= 0 && (timeUs > firstUs || (timeUs === firstUs && entries.cameUs(slot) >= firstCameUs))) continue;
      first = input;
      firstUs = timeUs;
      firstCameUs = entries.cameUs(slot);
    }
    return first;
  }

  /** Of all that was released since the frame was begun: writes the rows' columns. */
  finishFrame(frame: Frame): void {
    if (frame.hasRows) frame.columns = this.#rows.write(frame, this.#waiting);
  }

  /** Behind what was released: lets the key's time come as far as it may by an instant, to what is due there above all. */
  comeTo(keyId: number, instantUs: number, dueUs: number): void {
    this.#clock.handOver(keyId, this.#clock.reachedUs(keyId, instantUs, this.#oldest));
    if (this.#comesToUs(keyId, dueUs) <= instantUs) this.#clock.handOver(keyId, dueUs);
  }

  /** Whether each entry is handed over as it comes. */
  get isPrompt(): boolean {
    return this.#clock.isPrompt;
  }

  /** Where they are: no sooner than this does the key's time go on by itself. */
  movesUs(keyId: number): number {
    return this.#clock.movesUs(keyId);
  }

  /** The instant at which an entry that has come may go, or the key's time comes to what is due; Infinity: there is none. */
  nextUs(keyId: number, dueUs: number): number {
    const input = this.#findOldest(keyId);
    const nextUs = this.#comesToUs(keyId, dueUs);
    if (input < 0) return nextUs;
    const entry = { timeUs: this.#oldest.timeUs[input]!, sinceUs: this.#oldest.sinceUs[input]! };
    return Math.min(nextUs, this.#clock.passesUs(keyId, input, entry));
  }

  /** All but what is still to come. */
  forget(keyId: number): void {
    for (const waiting of this.#waiting) waiting.forget(keyId);
    this.#clock.forget(keyId);
  }

  /** All that is still to come is left out. */
  leaveOutComing(): void {
    for (const waiting of this.#waiting) waiting.leaveOutAll();
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.reserve();
    const inputs = this.#waiting.map(waiting => waiting.snapshot(keyIds));
    const named = inputs.map(({ columns }, input) => namedEntries(this.#fields[input]!, columns));
    return {
      clock: this.#clock.snapshot(keyIds),
      waiting: inputs.map(({ entries }) => entries),
      named: Object.assign({}, ...named),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.reserve();
    this.#clock.restore(snapshot['clock'] as Snapshot, keyIds);
    const { named } = snapshot;
    (snapshot['waiting'] as readonly Snapshot[]).forEach((entries, input) => {
      const stored = restoredEntries({ entries, named: named as Snapshot }, this.#fields[input]!);
      this.#waiting[input]!.restore(stored, keyIds);
    });
  }

  get stateBytes(): number {
    return this.#waiting.reduce((bytes, waiting) => bytes + waiting.stateBytes, this.#clock.stateBytes);
  }

  /** The key's next entry of an input has come to its instant. */
  #reachOne(keyId: number, input: number): void {
    const waiting = this.#waiting[input]!;
    const timeUs = waiting.comingTimeUs(keyId);
    const kind = waiting.comingKind(keyId);
    const [atUs, cameUs] = [waiting.comingUs(keyId), waiting.comingCameUs(keyId)];
    if (kind === ENTRY_KIND.end) this.#clock.tellEnd(keyId, input, { timeUs, atUs });
    else this.#clock.tell(keyId, input, { timeUs, atUs, cameUs });
    if (timeUs >= this.#clock.handedUs(keyId)) return waiting.reach(keyId);
    if (kind === ENTRY_KIND.row) this.late[input]!++;
    waiting.leaveOut(keyId);
  }

  /** Infinity: nothing is due, or something older waits. */
  #comesToUs(keyId: number, dueUs: number): number {
    const { timeUs } = this.#oldest;
    for (let input = 0; input < timeUs.length; input++) if (timeUs[input]! < dueUs) return Infinity;
    return dueUs === Infinity ? Infinity : this.#clock.comesToUs(keyId, dueUs, this.#oldest);
  }

  /** Notes what waits of the key; returns the input whose entry comes first: by time, arrival, and place; −1: none waits. */
  #findOldest(keyId: number): number {
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
}

/** Entries by an instant go; what is before `lateUs` is late. */
type Passing = { readonly instantUs: number; readonly lateUs: number };
