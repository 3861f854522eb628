import type { SilenceNode } from '../../dsl/plan.ts';
import { type ByteColumn, type Column, createColumn, type Scalar, type SymbolTable } from '../batch.ts';
import type { ArrivalDriven, ArrivalListener, Frame, Operator, Snapshot } from '../operator.ts';
import type { InputEntry, InputListener } from '../recorded-input.ts';
import { gatherFloat64, gatherUint8, scatterFloat64, scatterUint8 } from '../state/gather.ts';
import { growFloat64, growInt32, growUint8 } from '../state/growable.ts';
import { type KeyDictionary, NO_KEY } from '../state/key-dictionary.ts';
import { RowOutput } from '../state/row-output.ts';
import { keysOfEntry } from '../state/table-change.ts';
import type { TableReplica } from '../state/table-replica.ts';
import { tableKey } from '../state/table-versions.ts';
import { WakeQueue } from '../state/wake-queue.ts';

/** What is behind: rules, whose timers run on the arrival clock here. */
type Behind = { nextDueUs(keyId: number): number; isPending(keyId: number): boolean; forget(keyId: number): void };

export type SilenceContext = {
  /** Of this node's rows; those of `sourceKeys` are other ids. */
  readonly keys: KeyDictionary;
  readonly sourceKeys: KeyDictionary;
  readonly symbols: SymbolTable;
  readonly behind: Behind;
  /** Whose keys are expected; null: those that were seen. */
  readonly table: TableReplica | null;
  /** Whether a key's messages come here. */
  readonly isOwned: (columns: readonly Column[], row: number) => boolean;
};

/**
 * Which keys are silent (MEANING.md 24, docs/language/silence.md), on the arrival clock of a source: it hears of every
 * message, late, repeated and rejected ones too, and gives a row when a key falls silent and when it speaks again. Its own
 * keys are those that it watches, whether they were seen or not.
 */
export class Silence implements Operator, ArrivalDriven, ArrivalListener {
  readonly node: SilenceNode;
  readonly leastUs: number;
  readonly listener?: InputListener;
  readonly memory = { bytesPerKey: 26, plus: null };
  readonly #context: SilenceContext;
  readonly #wakes: WakeQueue;
  readonly #output = new RowOutput();
  readonly #silent: ByteColumn; // by key
  #heardUs = new Float64Array(0); // the last message; −Infinity: none
  #fromUs = new Float64Array(0); // silence does not begin before
  #tellUs = new Float64Array(0); // when a row is due for another reason than silence; Infinity: none is
  #flags = new Uint8Array(0); // IS_WATCHED, IS_SPEAKING: what is due to be told is that it speaks
  #keyBySource = new Int32Array(0); // id + 1; 0: not looked for yet, −1: not watched
  #touched: number[] = []; // keys whose next instant may be another one; bound: those of one frame or restore
  #firstUs = Infinity; // of the stream, the arrival of its first message
  #deployedUs = -Infinity; // it has been there since before the first message
  #isNew = false; // it came later, and has no state yet
  #isReady = false; // what is there is watched
  #nowUs = -Infinity;

  constructor(node: SilenceNode, context: SilenceContext) {
    this.node = node;
    this.leastUs = node.forUs;
    this.#context = context;
    this.#wakes = new WakeQueue(keyId => context.keys.ordinals[keyId]!);
    this.#silent = createColumn('bool', 0) as ByteColumn; // as: its type
    if (context.table !== null) {
      this.listener = { input: context.table.input, hear: (entry, atUs) => this.#hearTable(entry, atUs) };
    }
  }

  // ---------------------------------------------------------------- the source

  started(firstUs: number): void {
    if (firstUs === this.#firstUs) return;
    this.#firstUs = firstUs;
    this.#touchAll();
  }

  deployed(atUs: number, { isNew }: { readonly isNew: boolean }): void {
    this.#deployedUs = atUs;
    this.#isNew = isNew;
    this.#isReady = false;
  }

  /** Rows that are there are watched, and each key has its next instant. */
  resume(): void {
    if (this.#isReady) return;
    this.#isReady = true;
    this.#reserve();
    this.#touchAll();
    const { table, keys, sourceKeys } = this.#context;
    if (table !== null) {
      for (const [version] of table.versions.all()) this.#expect(version!.key, -Infinity);
    } else if (this.#isNew) {
      for (const keyId of sourceKeys.inOrder()) this.#watch(keys.idOf(sourceKeys.columns, keyId), this.#deployedUs);
    }
    this.#isNew = false;
  }

  get deployedUs(): number {
    return this.#deployedUs;
  }

  heard(keyIds: Uint32Array, arrivalUs: Float64Array, start: number, end: number): Frame | undefined {
    this.resume();
    let output: RowOutput | undefined;
    for (let i = start; i < end; i++) {
      const sourceKey = keyIds[i]!;
      if (sourceKey === NO_KEY) continue;
      if (sourceKey >= this.#keyBySource.length) this.#keyBySource = growInt32(this.#keyBySource, sourceKey + 1, 0);
      let found = this.#keyBySource[sourceKey]!;
      if (found === 0) {
        found = this.#keyOf(this.#context.sourceKeys.columns, sourceKey) + 1 || -1;
        this.#keyBySource[sourceKey] = found;
      }
      if (found > 0 && this.#hear(found - 1, arrivalUs[i]!)) {
        output ??= this.#output.start();
        this.#tell(found - 1, arrivalUs[i]!, output);
      }
    }
    return output?.frame;
  }

  heardAside(columns: readonly Column[], row: number, arrivalUs: number): Frame | undefined {
    this.resume();
    if (!this.#context.isOwned(columns, row)) return undefined;
    const keyId = this.#keyOf(columns, row);
    if (keyId < 0 || !this.#hear(keyId, arrivalUs)) return undefined;
    const output = this.#output.start();
    this.#tell(keyId, arrivalUs, output);
    return output.frame;
  }

  /** The source lets go of a key that it has not seen for long: it is watched no more, unless it is expected. */
  forgotten(sourceKey: number, atUs: number): void {
    if (sourceKey < this.#keyBySource.length) this.#keyBySource[sourceKey] = 0;
    const keyId = this.#context.keys.find(this.#context.sourceKeys.columns, sourceKey);
    if (keyId >= 0 && this.#context.table === null) this.#unwatch(keyId, atUs);
  }

  // ---------------------------------------------------------------- the arrival clock

  nextArrivalUs(): number {
    this.resume();
    for (const keyId of this.#touched.splice(0)) this.#settle(keyId);
    for (;;) {
      const queuedUs = this.#wakes.nextUs();
      if (queuedUs === Infinity) return Infinity;
      const keyId = this.#wakes.nextKeyId();
      const instantUs = this.#nextUs(keyId);
      if (instantUs <= queuedUs) return queuedUs;
      this.#wakes.set(keyId, instantUs);
    }
  }

  arrive(arrivalUs: number): Frame | undefined {
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    const output = this.#output.start();
    for (let keyId = this.#wakes.take(arrivalUs); keyId !== undefined; keyId = this.#wakes.take(arrivalUs)) {
      const isTold = this.#tell(keyId, arrivalUs, output);
      if (!isTold && this.#context.behind.nextDueUs(keyId) <= arrivalUs) output.advance(arrivalUs);
    }
    return output.frame.length === 0 ? undefined : output.frame;
  }

  takeMovedKeys(): readonly number[] {
    return NO_KEYS;
  }

  /** What was due by the last message is done; nothing tells how long silence goes on behind it. */
  finish(): Frame | undefined {
    return this.nextArrivalUs() <= this.#nowUs ? this.arrive(this.#nowUs) : undefined;
  }

  // ---------------------------------------------------------------- state

  process(): undefined {
    // Its rows are made by the arrival clock.
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserve();
    return {
      heardUs: gatherFloat64(this.#heardUs, keyIds),
      fromUs: gatherFloat64(this.#fromUs, keyIds),
      tellUs: gatherFloat64(this.#tellUs, keyIds),
      flags: gatherUint8(this.#flags, keyIds),
      silent: gatherUint8(this.#silent.values, keyIds),
    };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserve();
    scatterFloat64(snapshot['heardUs'] as Float64Array, keyIds, this.#heardUs);
    scatterFloat64(snapshot['fromUs'] as Float64Array, keyIds, this.#fromUs);
    scatterFloat64(snapshot['tellUs'] as Float64Array, keyIds, this.#tellUs);
    scatterUint8(snapshot['flags'] as Uint8Array, keyIds, this.#flags);
    scatterUint8(snapshot['silent'] as Uint8Array, keyIds, this.#silent.values);
    this.#isReady = false;
  }

  forget(keyId: number): void {
    this.#heardUs[keyId] = -Infinity;
    this.#fromUs[keyId] = -Infinity;
    this.#tellUs[keyId] = Infinity;
    this.#flags[keyId] = 0;
    this.#silent.values[keyId] = 0;
  }

  /** Whether the key's state is here, though every worker knows it. */
  isWatched(keyId: number): boolean {
    return keyId < this.#flags.length && this.#flags[keyId] !== 0;
  }

  get stateBytes(): number {
    return this.#context.keys.stateBytes + this.#flags.length * this.memory.bytesPerKey + this.#keyBySource.byteLength;
  }

  // ---------------------------------------------------------------- keys

  /** Of a key that came: −1 where it is not watched. */
  #keyOf(columns: readonly Column[], row: number): number {
    const { keys, table } = this.#context;
    const keyId = table === null ? keys.idOf(columns, row) : keys.find(columns, row);
    if (keyId < 0) return -1;
    this.#reserve();
    if (this.#isSet(keyId, IS_WATCHED)) return keyId;
    if (table !== null) return -1;
    this.#watch(keyId, -Infinity);
    return keyId;
  }

  #watch(keyId: number, fromUs: number): void {
    this.#reserve();
    this.#context.keys.changed.oneWillChange(keyId);
    this.#flags[keyId]! |= IS_WATCHED;
    this.#fromUs[keyId] = fromUs;
    this.#touched.push(keyId);
  }

  /** It is watched no more: an alert that it is silent ends. */
  #unwatch(keyId: number, atUs: number): void {
    this.#context.keys.changed.oneWillChange(keyId);
    this.#flags[keyId]! &= ~IS_WATCHED;
    if (this.#silent.values[keyId] === 1) this.#speak(keyId, atUs);
    this.#touched.push(keyId);
  }

  /** Whether it was silent: that is over, and to be told. */
  #hear(keyId: number, arrivalUs: number): boolean {
    this.#nowUs = Math.max(this.#nowUs, arrivalUs);
    this.#context.keys.changed.oneWillChange(keyId);
    this.#heardUs[keyId] = arrivalUs;
    if (this.#wakes.instantOf(keyId) === Infinity) this.#touched.push(keyId);
    if (this.#silent.values[keyId] === 0) return false;
    this.#speak(keyId, arrivalUs);
    return true;
  }

  /** The first time since it fell silent. */
  #speak(keyId: number, atUs: number): void {
    if (this.#isSet(keyId, IS_SPEAKING)) return;
    this.#flags[keyId]! |= IS_SPEAKING;
    this.#tellUs[keyId] = Math.min(this.#tellUs[keyId]!, atUs);
    this.#touched.push(keyId);
  }

  /** Rows of the key that are due by this instant; false: there is none. */
  #tell(keyId: number, arrivalUs: number, output: RowOutput): boolean {
    this.#touched.push(keyId);
    this.#context.keys.changed.oneWillChange(keyId);
    output.set(keyId, arrivalUs);
    let isTold = false;
    for (;;) {
      const rowUs = Math.min(this.#tellUs[keyId]!, this.#silentUs(keyId));
      if (rowUs > arrivalUs) return isTold;
      this.#turn(keyId, rowUs);
      output.append({ timeUs: rowUs, cameUs: arrivalUs }, [...this.#context.keys.columns, this.#silent], keyId);
      isTold = true;
    }
  }

  /** What a row says from its time on. */
  #turn(keyId: number, rowUs: number): void {
    if (this.#tellUs[keyId]! > rowUs) {
      this.#silent.values[keyId] = 1;
      return;
    }
    if (this.#isSet(keyId, IS_SPEAKING)) this.#silent.values[keyId] = 0;
    this.#flags[keyId]! &= ~IS_SPEAKING;
    this.#tellUs[keyId] = Infinity;
  }

  // ---------------------------------------------------------------- the table of expected keys

  /** `table` has heard the entry before. */
  #hearTable(entry: InputEntry, atUs: number): void {
    for (const key of keysOfEntry(this.#context.table!.node, entry)) this.#followRow(key, atUs);
  }

  #followRow(key: readonly Scalar[], atUs: number): void {
    const columns = this.#columnsOf(key);
    if (!this.#context.isOwned(columns, 0)) return;
    if (!this.#isExpected(key)) this.#expectNoMore(columns, atUs);
    else if (this.#watchedKey(columns) < 0) this.#expect(key, atUs);
    else this.#tellAgain(this.#watchedKey(columns), atUs);
  }

  #isExpected(key: readonly Scalar[]): boolean {
    return (this.#context.table!.versions.versionsOf(tableKey(key))?.at(-1)?.row ?? null) !== null;
  }

  /** −1: it is not watched. */
  #watchedKey(columns: readonly Column[]): number {
    const keyId = this.#context.keys.find(columns, 0);
    this.#reserve();
    return keyId >= 0 && this.#isSet(keyId, IS_WATCHED) ? keyId : -1;
  }

  /** From now on, where it is not watched yet. */
  #expect(key: readonly Scalar[], atUs: number): void {
    const columns = this.#columnsOf(key);
    if (!this.#isExpected(key) || !this.#context.isOwned(columns, 0) || this.#watchedKey(columns) >= 0) return;
    this.#watch(this.#context.keys.idOf(columns, 0), Math.max(atUs, this.#deployedUs));
    this.#keyBySource.fill(0);
  }

  #expectNoMore(columns: readonly Column[], atUs: number): void {
    const keyId = this.#watchedKey(columns);
    if (keyId < 0) return;
    this.#unwatch(keyId, atUs);
    this.#keyBySource.fill(0);
  }

  /** Its row is another one, which conditions may be over. */
  #tellAgain(keyId: number, atUs: number): void {
    if (this.#silent.values[keyId] === 0 || this.#tellUs[keyId]! <= atUs) return;
    this.#context.keys.changed.oneWillChange(keyId);
    this.#tellUs[keyId] = atUs;
    this.#touched.push(keyId);
  }

  #columnsOf(key: readonly Scalar[]): Column[] {
    return this.#context.keys.columns.map(({ type }, i) => {
      const column = createColumn(type, 1);
      const value = key[i]!;
      column.values[0] = (
        type === 'symbol' ? this.#context.symbols.idOf(value as string) : type === 'bool' ? Number(value) : value
      ) as never; // as: the column's type is that of the table's key
      return column;
    });
  }

  // ---------------------------------------------------------------- instants

  #silentUs(keyId: number): number {
    if (!this.#isSet(keyId, IS_WATCHED) || this.#silent.values[keyId] === 1) return Infinity;
    const firstUs = this.#context.table === null ? -Infinity : this.#firstUs;
    return Math.max(this.#heardUs[keyId]!, this.#fromUs[keyId]!, firstUs) + this.node.forUs;
  }

  #nextUs(keyId: number): number {
    return Math.min(this.#tellUs[keyId]!, this.#silentUs(keyId), this.#context.behind.nextDueUs(keyId));
  }

  /** A key that is watched no more is let go of when nothing of it is to be done. */
  #settle(keyId: number): void {
    const { keys, behind } = this.#context;
    if (keys.isKnown[keyId] !== 1) return;
    const nextUs = this.#nextUs(keyId);
    this.#wakes.set(keyId, nextUs);
    if (nextUs < Infinity || this.#isSet(keyId, IS_WATCHED) || behind.isPending(keyId) || keys.fields.length === 0)
      return;
    keys.changed.oneWillChange(keyId);
    behind.forget(keyId);
    keys.forget(keyId);
  }

  #touchAll(): void {
    const { keys } = this.#context;
    for (let keyId = 0; keyId < keys.size; keyId++) if (keys.isKnown[keyId] === 1) this.#touched.push(keyId);
  }

  #isSet(keyId: number, flag: number): boolean {
    return (this.#flags[keyId]! & flag) !== 0;
  }

  #reserve(): void {
    const { size } = this.#context.keys;
    if (size <= this.#flags.length) return;
    this.#heardUs = growFloat64(this.#heardUs, size, -Infinity);
    this.#fromUs = growFloat64(this.#fromUs, size, -Infinity);
    this.#tellUs = growFloat64(this.#tellUs, size, Infinity);
    this.#flags = growUint8(this.#flags, size);
    this.#silent.values = growUint8(this.#silent.values, size);
  }
}

const IS_WATCHED = 1;
const IS_SPEAKING = 2;
const NO_KEYS: readonly number[] = [];
