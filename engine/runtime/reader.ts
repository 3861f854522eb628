import type { SourceNode } from '../../dsl/plan.ts';
import type { Column, EventBatch, Rejection, SymbolTable } from '../batch.ts';
import type { BatchBuilder } from '../batch/batch-builder.ts';
import type { Position, Source, SourceRead } from '../connector.ts';
import type { Snapshot } from '../operator.ts';
import type { KeyShares } from '../state/key-share.ts';
import { type ArrivalGate, gateOf } from './arrival-gate.ts';
import { OwnEvents } from './own-events.ts';
import { LastEvent, type SourceEnd } from './source-end.ts';

/** How much is read at most, and what ends the wait for it. */
export type ReadOptions = Parameters<Source['read']>[0];

/**
 * A source of a job with its arrival clock: reads ahead by one, and lets pass what arrives in order and not too far ahead of
 * its time (MEANING.md 1).
 */
export class Reader {
  readonly stream: string;
  readonly timeFormat: string | null;
  readonly source: Source;
  readonly #builder: BatchBuilder;
  readonly #gate: ArrivalGate;
  readonly #own: OwnEvents | null; // null: all are
  readonly #last: LastEvent;
  #position: Position | null;
  #pending: Promise<SourceRead> | null = null;
  #hasReadAhead = false;
  #isAtEnd = false;
  #startsUs = -Infinity; // of what is pending, once it is known
  readonly #monotonicMs: () => number;
  #readMs = 0;
  isTimeSeen = false;

  constructor(options: {
    readonly node: SourceNode;
    readonly source: Source;
    /** What the source builds its batches with. */
    readonly builder: BatchBuilder;
    readonly symbols: SymbolTable;
    readonly position: Position | null;
    readonly gate: Snapshot | undefined;
    /** Up to where the run before came; default: there was none. */
    readonly end?: SourceEnd | undefined;
    /** What it gives has passed a gate before. */
    readonly isAdmitted?: boolean;
    /** Default: reading is not timed. */
    readonly monotonicMs?: () => number;
    /** Whose events alone pass; null: all do. */
    readonly shares?: KeyShares | null;
  }) {
    const { node, source, symbols } = options;
    this.stream = node.id;
    this.#builder = options.builder;
    this.timeFormat = node.time?.format ?? null;
    this.source = source;
    this.#position = options.position;
    this.#gate = gateOf(node, options.isAdmitted === true ? 'admitted' : source.arrivalClock, symbols);
    const { shares = null, monotonicMs = () => 0 } = options;
    this.#monotonicMs = monotonicMs;
    this.#own = shares === null ? null : new OwnEvents(node, shares);
    if (options.gate !== undefined) this.#gate.restore(options.gate);
    this.#last = new LastEvent(node, { symbols, stored: options.end?.last ?? null });
  }

  /** After everything that was taken: reading on from there gives what follows. */
  get position(): Position | null {
    return this.#position;
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  get end(): SourceEnd {
    return { last: this.#last.event, isAtEnd: this.#isAtEnd };
  }

  /** Nothing that arrives later arrives before this. */
  get arrivalUs(): number {
    return this.#gate.nowUs;
  }

  /** When the first message arrived; Infinity: none has. */
  get firstUs(): number {
    return this.#gate.firstUs;
  }

  /** Of what `readAhead` found: the time of its first event. */
  get startsUs(): number {
    return this.#startsUs;
  }

  /** How long it took to read what was read last. */
  get readMs(): number {
    return this.#readMs;
  }

  get isPending(): boolean {
    return this.#pending !== null;
  }

  /** What comes next is there. */
  get hasReadAhead(): boolean {
    return this.#hasReadAhead;
  }

  /** What comes next, which stays there until it is taken. */
  async readAhead(options: ReadOptions): Promise<this> {
    this.#pending ??= this.#timed(this.source.read(options));
    this.#startsUs = startUs(await this.#pending);
    this.#hasReadAhead = true;
    return this;
  }

  async #timed(read: Promise<SourceRead>): Promise<SourceRead> {
    const startMs = this.#monotonicMs();
    const result = await read;
    this.#readMs = this.#monotonicMs() - startMs;
    return result;
  }

  /** Whether a live source has anything left now; one that cannot tell always has. */
  async hasMore(): Promise<boolean> {
    const { source } = this;
    return this.#hasReadAhead || source.hasMore === undefined || (await source.hasMore()) || this.#hasReadAhead;
  }

  async take(): Promise<SourceRead> {
    const read = await this.#pending!;
    this.#pending = null;
    this.#hasReadAhead = false;
    this.#position = read.position;
    if (read.kind === 'end') this.#isAtEnd = true;
    return read;
  }

  /** The events that may pass, with their arrival; what is refused, of any share, goes to `rejected`. */
  admit(batch: EventBatch, rejected: Rejection[]): EventBatch {
    this.#noteStart();
    const admitted = this.#gate.admit(batch, rejected);
    this.#last.note(admitted);
    return this.#ownOf(admitted);
  }

  tick(arrivalUs: number): void {
    this.#noteStart();
    this.#gate.tick(arrivalUs);
  }

  /** An event that waited for the next one, now that there is none; or undefined. */
  finish(rejected: Rejection[]): EventBatch | undefined {
    const held = this.#gate.finish(rejected);
    if (held === undefined) return undefined;
    this.#last.note(held);
    return this.#ownOf(held);
  }

  /** Of events that were read and not handed out yet. */
  heldColumns(): readonly Column[] {
    return [...this.#builder.heldColumns(), ...this.#gate.heldColumns()];
  }

  gateSnapshot(): Snapshot {
    return this.#gate.snapshot();
  }

  /** Of a part of a source: what came first may be elsewhere. */
  #noteStart(): void {
    const { startedUs } = this.source;
    if (startedUs !== undefined) this.#gate.start(startedUs);
  }

  /** Behind the arrival clock, which all events of the source move. */
  #ownOf(batch: EventBatch): EventBatch {
    return this.#own === null ? batch : this.#own.of(batch);
  }
}

function startUs(read: SourceRead): number {
  if (read.kind === 'batch') return read.batch.length > 0 ? read.batch.timeUs[0]! : -Infinity;
  return read.kind === 'tick' ? read.arrivalUs : -Infinity;
}
