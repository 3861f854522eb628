import type { AlertChangeKind, PlanNode } from '../dsl/plan.ts';
import type { Column, Scalar, SymbolTable } from './batch.ts';
import type { Functions } from './functions/own-functions.ts';
import type { Provenance } from './provenance.ts';
import type { InputListener } from './recorded-input.ts';

export type { DecidingEvent, Provenance } from './provenance.ts';

/**
 * A frame is what operators see: a sequence of entries in the order in which they are handled, several keys mixed. Each
 * entry belongs to a key and moves that key's watermark to `watermarkUs` (which never falls per key); where `rows` says
 * so it also is a row, whose time that watermark is. Before a row is handled, everything of its key that is due up to
 * the watermark is done (MEANING.md 8). An entry that is no row only moves time: its columns are garbage.
 *
 * Whoever makes a frame owns its arrays; operators may keep none of them beyond `process`.
 */
export type Frame = {
  length: number;
  keyIds: Uint32Array; // dense, of the frame's key table
  timeUs: Float64Array;
  watermarkUs: Float64Array; // of a row: its time, and the same array where every entry is a row
  arrivalUs: Float64Array; // the instant of the arrival clock at which the entry is handled; never falls
  /** When the event of a row arrived, where that may have been before it was handled. Absent: then. */
  cameUs?: Float64Array;
  /** Row or not, 1 or 0; undefined: every entry is a row. */
  rows: Uint8Array | undefined;
  /**
   * Early rows (`emit every`), 1 or 0: rows to sinks alone, and to what computes their columns. What keeps time never sees
   * these entries, which say nothing of it. Absent: there are none.
   */
  early?: Uint8Array;
  /** What else than events has made it: the arrival clock alone, or the end of a source. */
  cause?: 'clock' | 'end' | undefined;
  /** Keys meet behind it, and its entries happen one after the other, not at one instant. Absent: no or one key's, or all at one. */
  isRun?: true;
  /** False: no entry is a row or an early one, columns are undefined, and only what is due has to be done. */
  hasRows: boolean;
  /** By slot; see View. Column operators put theirs in. A slot may be undefined where no entry is a row. */
  columns: (Column | undefined)[];
};

/**
 * A view is a frame as seen from one node: names → slots of the frame's columns, and the mask slot, a bool column that
 * says which rows exist here (`undefined`: all rows of the frame). Fixed when the plan is built.
 */
export type View = {
  readonly frame: FrameLayout;
  readonly mask: number | undefined;
  readonly slots: ReadonlyMap<string, number>;
};

/** What is fixed about a frame when the plan is built. */
export type FrameLayout = {
  readonly id: string;
  readonly keys: KeyTable;
  /** Hands out the slot for one more column. */
  addSlot(): number;
};

/** Key id → its values, by the key's field names; grows as keys appear. */
export interface KeyTable {
  readonly fields: readonly string[];
  readonly size: number;
  values(keyId: number): Readonly<Record<string, Scalar>>;
}

/**
 * An operator is a function over frames with state. It never sees a clock, a thread or a socket. Calls come from one
 * thread, in the order of its input; none may block. State is per key, in arrays that `process` grows to `keys.size`.
 */
export interface Operator {
  readonly node: PlanNode;
  /** Handles all entries in order. Returns the frame that it starts (rekey, windows), or nothing. */
  process(frame: Frame): Frame | undefined;
  /**
   * The watermark of the input at which something of this key is due, Infinity if nothing is; absent where nothing
   * ever is. O(1).
   */
  nextDueUs?(keyId: number): number;
  /** False: nothing is due of any key, until a frame comes. Absent: it may be. */
  readonly hasDue?: boolean;
  /** False: what is due of it shows nowhere, so that nobody has to wait for it; but then only is a key forgotten. Default: true. */
  readonly isWaitedFor?: boolean;
  /**
   * Whether the key must not be forgotten although nothing of it is due: an alert fires, rows wait. Absent where what
   * is due (`nextDueUs`) is all that there ever is.
   */
  isPending?(keyId: number): boolean;
  /**
   * The state of these keys of the input's frame, in this order: plain data and typed arrays, owned by the caller.
   * Nothing in it depends on key ids or on places in the operator's own arrays, so that an operator with other ids can
   * take it over. Called between frames. Cost: linear in the keys asked for, not in those that are known.
   */
  snapshot(keyIds: Uint32Array): Snapshot;
  /**
   * Takes row i of a snapshot over as the state of key `keyIds[i]`; −1: that row is left out. The keys are in the frame's
   * key table, and new here: each is restored once at most. Called any number of times before the first frame.
   */
  restore(snapshot: Snapshot, keyIds: Int32Array): void;
  /** Lets go of what is kept of a key, whose id is as if never seen afterwards and may be given out again. */
  forget(keyId: number): void;
  /** What the state takes now, in bytes: its arrays, and an estimate of what else hangs on them. O(1) or nearly. */
  readonly stateBytes: number;
  /** Rows that came behind the operator's own watermark and were left out, where it has one of its own. */
  readonly lateCount?: number;
  /** Of a pattern: the events that any row was bound to since it was built, bit by bit. */
  readonly reachedEvents?: number;
  /** Of a pattern or a join, since it was last asked: what was dropped of what waits, as a key had too much of it. */
  takeDropped?(): Dropped | null;
  /** Of a rule: alerts that fire, by severity, the lowest first; empty: none does. */
  readonly openAlerts?: readonly number[];
  /** Of a rule: those that fire, as they are now. */
  firingAlerts?(): readonly FiringAlert[];
  /** What hears entries of a recorded input for it, between two frames. */
  readonly listener?: InputListener;
  /** The JavaScript that was generated for it, for `explain`. */
  readonly source?: string;
  /** Of a rule or a filter among many, for `explain`: the column by whose values it is found. */
  readonly foundBy?: string;
  /** Bytes of state per key, for `explain`: a bound, or what it depends on. */
  readonly memory: { readonly bytesPerKey: number; readonly plus: string | null };
}

/** What is given the frames of a pipeline: an operator, or what gives several of them what they have to see. */
export type FrameStep = Pick<Operator, 'process' | 'nextDueUs' | 'hasDue' | 'isWaitedFor' | 'isPending' | 'forget'> &
  ({ readonly node: PlanNode } | { readonly nodes: readonly PlanNode[] });

export type Snapshot = { readonly [name: string]: SnapshotValue };
export type SnapshotValue =
  | number
  | string
  | boolean
  | null
  | Float64Array
  | Uint32Array
  | Int32Array
  | Uint8Array
  | readonly SnapshotValue[]
  | Snapshot;

/** Partial matches, or rows that wait for partners. `key`, `timeUs`: whose the first of them was, and when. */
export type Dropped = {
  readonly node: string;
  readonly of: 'matches' | 'rows';
  readonly max: number; // of a key
  readonly key: Readonly<Record<string, Scalar>>;
  readonly timeUs: number;
  readonly count: number;
};

/** What an operator is built with. */
export type OperatorContext = {
  /** The view that the node reads. */
  readonly input: View;
  readonly symbols: SymbolTable;
  /** That expressions may call. Default: those of the language. */
  readonly functions?: Functions | undefined;
  readonly alerts: AlertSink;
};

/** What a frame operator (a window, a rekey) must know of the operators behind it. */
export interface Downstream {
  readonly hasTimers: boolean;
  /** Of one of these something shows when it is due. */
  readonly isWaitedFor: boolean;
  /** Keys meet behind it: it has to know which key has a pane open. */
  readonly hasRekey: boolean;
  /** As Operator.nextDueUs, in the time of the frame that starts here. */
  nextDueUs(keyId: number): number;
}

/** A window or a pattern: starts a frame of rows of the same keys. */
export interface RowsOperator extends Operator {
  /** Whether time alone may bring a row of the key: it closes a pane, an absence comes due. */
  hasRowsToCome(keyId: number): boolean;
  /** That of its rows' stream, where that of its input is `inputUs` and nothing up to there is left to be done. */
  watermarkUs(keyId: number, inputUs: number): number;
}

/** An operator that the arrival clock moves by itself, beside its keys' watermarks. */
export interface ArrivalDriven {
  /**
   * The instant at which `arrive` has to be called, Infinity if none is known; a lower bound, and no earlier than it must be where
   * that is by `untilUs`.
   */
  nextArrivalUs(untilUs?: number): number;
  /** Does what is due at this instant of the arrival clock. */
  arrive(arrivalUs: number): Frame | undefined;
  /** Keys of the source of which `nextDueUs` or `isPending` may have changed, though they had no entry themselves. */
  takeMovedKeys(): readonly number[];
  /** The source has ended, at this instant of its arrival clock. */
  finish(arrivalUs: number): Frame | undefined;
}

/** Hears of every message of a source whose key was read, as it arrives: late, repeated and rejected ones, too. */
export interface ArrivalListener {
  /** No sooner than this after a message does it bring anything about. */
  readonly leastUs: number;
  /** When it came to be; −Infinity: before the first message. */
  readonly deployedUs: number;
  deployed(atUs: number, options: { readonly isNew: boolean }): void;
  /** All that was heard before is there: called before something new is heard. */
  resume(): void;
  /** The arrival of the stream's first message, whose ever. */
  started(firstUs: number): void;
  /** Of entries start … end−1; ids are of the source's keys. Returns what that brings about at once. */
  heard(keyIds: Uint32Array, arrivalUs: Float64Array, start: number, end: number): Frame | undefined;
  /** Of a message that is no event: its key, which may be anybody's. */
  heardAside(key: readonly Column[], row: number, arrivalUs: number): Frame | undefined;
  /** The source lets go of a key. */
  forgotten(keyId: number, atUs: number): void;
}

/** Receives alert changes in the order in which they happen. */
export type AlertSink = {
  emit(change: AlertChange, at: AlertPlace): void;
  /** A row of a firing alert's key has other `suppressInputs` than the one before. Absent: nobody asks. */
  reconsider?(alert: Pick<AlertChange, 'rule' | 'key'>, at: AlertPlace): void;
};

/** An alert as its rule knows it. */
export type FiringAlert = {
  readonly alert: Omit<AlertChange, 'change' | 'timeUs' | 'message' | 'by' | 'comment'>;
  /** `suppressInputs`, of AlertPlace. */
  readonly inputs: readonly Scalar[];
};

/** Where a change happens: whose it is among the rule's keys, and at which instant of the arrival clock. */
export type AlertPlace = {
  readonly keyId: number;
  readonly keys: { readonly fields: readonly string[]; readonly columns: readonly Column[] };
  /** Of a value that the alert carries; it is at `valueRow`. */
  valueColumn(name: string): Column | undefined;
  readonly valueRow: number;
  readonly arrivalUs: number;
  /** What the rule's `suppress` reads of the key's last row, in its order; empty: it has none. */
  suppressInputs(): readonly Scalar[];
};

/** Something that happened to an alert. */
export type AlertChange = {
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  /** The level after the change; of a clearing, the last one. */
  readonly level: 'info' | 'low' | 'medium' | 'high' | 'critical';
  readonly change: AlertChangeKind;
  /** Event time at which it came due; of what follows the arrival clock (ARRIVAL_CHANGES), that instant. */
  readonly timeUs: number;
  readonly id: string; // hash of (rule, key, time raised): a replay raises the same one
  readonly message: string;
  readonly values: Readonly<Record<string, Scalar>>;
  /** After the change; absent: nothing but its level is to be said of it. */
  readonly state?: readonly AlertWord[];
  /** Where it comes from: of what raises the alert, or lifts it to a higher level. */
  readonly provenance?: Provenance;
  /** It was found in history, and is no news. */
  readonly historical?: true;
  /** Who did it, and why; of what an operator did. */
  readonly by?: string;
  readonly comment?: string;
};

/** What can be said of an alert beside its level. `historical`: late events have brought the change about, long after its time. */
export type AlertWord =
  | 'acknowledged'
  | 'returned'
  | 'stale'
  | 'shelved'
  | 'suppressed'
  | 'out_of_service'
  | 'historical';

/** In the order in which they are said. */
export const ALERT_WORDS: readonly AlertWord[] = [
  'acknowledged',
  'returned',
  'stale',
  'shelved',
  'suppressed',
  'out_of_service',
  'historical',
];
