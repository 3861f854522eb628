import type { Downstream, Frame, FrameLayout, FrameStep } from '../operator.ts';
import { gatherColumn } from '../state/columns.ts';
import { gatherFloat64, gatherUint32, gatherUint8 } from '../state/gather.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { type OperatorTimes, TIMED_EVERY_FRAMES } from './metrics/operator-times.ts';

/**
 * All operators that see one frame, in topological order. An operator that starts a frame of its own has its pipeline
 * as `next`.
 */
export class FramePipeline implements FrameLayout, Downstream {
  readonly id: string;
  readonly keys: KeyDictionary;
  hasRekey = false;
  /** The first frame of a rekey: its source does not see which of these keys change. */
  isOfSites = false;
  #steps: Step[] = [];
  #timers: Timed[] = [];
  #isWaitedFor: boolean | undefined; // asked once all operators are there
  readonly #taps: FrameTap[] = [];
  #slotCount = 0;
  #timeSlot: number | undefined;
  readonly #times: OperatorTimes | undefined;
  #untimedFrames = TIMED_EVERY_FRAMES - 1; // the first one is timed, for itself
  #framesTimedFor = 1;

  constructor(id: string, keys: KeyDictionary, times?: OperatorTimes) {
    this.id = id;
    this.keys = keys;
    this.#times = times;
  }

  get hasTimers(): boolean {
    return this.#timers.length > 0;
  }

  get isWaitedFor(): boolean {
    return (this.#isWaitedFor ??= this.#timers.some(({ isWaitedFor = true }) => isWaitedFor));
  }

  /** False: nothing is due of any key, until a frame comes. */
  get hasDue(): boolean {
    return this.#timers.some(({ hasDue = true }) => hasDue);
  }

  addSlot(): number {
    return this.#slotCount++;
  }

  /** Of the entries' times, which are a column only where one is asked for. */
  timeSlot(): number {
    return (this.#timeSlot ??= this.addSlot());
  }

  addOperator(operator: FrameStep, next: FramePipeline | undefined): void {
    this.#steps.push({ operator, next });
    if (operator.nextDueUs !== undefined) this.#timers.push(operator as Timed);
    this.#isWaitedFor = undefined;
  }

  remove(operator: FrameStep): void {
    this.#steps = this.#steps.filter(step => step.operator !== operator);
    this.#timers = this.#timers.filter(timed => timed !== operator);
    this.#isWaitedFor = undefined;
  }

  addTap(tap: FrameTap): void {
    this.#taps.push(tap);
  }

  run(frame: Frame): void {
    if (frame.length === 0) return;
    if (this.#steps.length > 0) while (frame.columns.length < this.#slotCount) frame.columns.push(undefined);
    if (this.#timeSlot !== undefined) {
      frame.columns[this.#timeSlot] = { type: 'time', values: frame.timeUs, valid: undefined };
    }
    if (this.isOfSites) this.keys.changed.willChange(frame.keyIds, 0, frame.length);
    const isTimed = this.#times !== undefined && ++this.#untimedFrames === TIMED_EVERY_FRAMES;
    for (const { operator, next } of this.#steps) {
      const seen = frame.early === undefined || operator.nextDueUs === undefined ? frame : withoutEarly(frame);
      const started = isTimed ? this.#times!.process(operator, seen, this.#framesTimedFor) : operator.process(seen);
      if (started === undefined) continue;
      started.cause = frame.cause;
      next!.run(started);
    }
    if (isTimed) {
      this.#untimedFrames = 0;
      this.#framesTimedFor = TIMED_EVERY_FRAMES;
    }
    if (frame.hasRows) for (const tap of this.#taps) tap(frame);
  }

  /** Whether something of the key is due at some time, or must not be forgotten for another reason. */
  isPending(keyId: number): boolean {
    return this.#steps.some(
      ({ operator, next }) =>
        operator.isPending?.(keyId) === true ||
        (operator.nextDueUs?.(keyId) ?? Infinity) < Infinity ||
        (next?.keys === this.keys && next.isPending(keyId)),
    );
  }

  /** Of a key of this frame, here and in windows behind it. */
  forget(keyId: number): void {
    for (const { operator, next } of this.#steps) {
      operator.forget(keyId);
      if (next?.keys === this.keys) next.forget(keyId);
    }
  }

  nextDueUs(keyId: number): number {
    let dueUs = Infinity;
    for (const operator of this.#timers) {
      const operatorDueUs = operator.nextDueUs(keyId);
      if (operatorDueUs < dueUs) dueUs = operatorDueUs;
    }
    return dueUs;
  }
}

/** A copy of what is no early row. */
function withoutEarly({ early, length, rows, columns, ...frame }: Frame): Frame {
  const kept = Uint32Array.from({ length }, (_, i) => i).filter(i => early![i] === 0);
  return {
    length: kept.length,
    keyIds: gatherUint32(frame.keyIds, kept),
    timeUs: gatherFloat64(frame.timeUs, kept),
    watermarkUs: gatherFloat64(frame.watermarkUs, kept),
    arrivalUs: gatherFloat64(frame.arrivalUs, kept),
    ...(frame.cameUs === undefined ? {} : { cameUs: gatherFloat64(frame.cameUs, kept) }),
    cause: frame.cause,
    rows: rows && gatherUint8(rows, kept),
    hasRows: frame.hasRows,
    columns: columns.map(column => column && gatherColumn(column, kept, kept.length)),
  };
}

type Step = { readonly operator: FrameStep; readonly next: FramePipeline | undefined };
type Timed = FrameStep & { nextDueUs(keyId: number): number };

/** Looks at a frame after its operators: rows for sinks. */
export type FrameTap = (frame: Frame) => void;
