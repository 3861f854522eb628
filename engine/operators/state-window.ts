import type { StateWindowNode } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import { assert } from '../errors.ts';
import type { Frame, OperatorContext, PaneOperator, Snapshot } from '../operator.ts';
import { maskOf } from './mask.ts';
import { OpenPanes, type WindowContext } from './open-panes.ts';

/**
 * Panes from an event of which one condition is true to the first later one of which another is, cut at start + max. That
 * event is outside; it may open the next pane. A row when the pane closes.
 */
export class StateWindow implements PaneOperator {
  readonly node: StateWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #panes: OpenPanes;
  readonly #from: number; // the frame's slots of the conditions
  readonly #to: number;
  readonly #maxUs: number;

  constructor(node: StateWindowNode, context: WindowContext) {
    this.node = node;
    this.#input = context.input;
    this.#panes = new OpenPanes(node, context);
    this.#from = slotOf(context, node.from);
    this.#to = slotOf(context, node.to);
    this.#maxUs = node.maxUs ?? Infinity;
  }

  get memory() {
    return this.#panes.memory;
  }

  process(frame: Frame): Frame | undefined {
    const { length, keyIds, timeUs, watermarkUs, arrivalUs } = frame;
    const panes = this.#panes;
    const mask = maskOf(frame, this.#input);
    const from = frame.columns[this.#from];
    const to = frame.columns[this.#to];
    panes.start(length);
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      if (panes.isOpen(keyId) && watermarkUs[i]! >= this.#endUs(keyId)) {
        this.#close(keyId, this.#endUs(keyId), arrivalUs[i]!);
      }
      const isRow = frame.hasRows && (mask === undefined || mask[i] === 1);
      if (isRow && panes.isOpen(keyId) && isTrue(to!, i)) this.#close(keyId, timeUs[i]!, arrivalUs[i]!);
      panes.advance(keyId, watermarkUs[i]!, arrivalUs[i]!);
      if (!isRow) continue;
      if (!panes.isOpen(keyId) && isTrue(from!, i)) panes.open(keyId, timeUs[i]!);
      if (panes.isOpen(keyId)) panes.take(keyId, i, timeUs[i]!);
    }
    return panes.finish(frame);
  }

  nextDueUs(keyId: number): number {
    return this.#panes.nextDueUs(keyId, this.#endUs(keyId));
  }

  /** Also where no time closes the pane. */
  isPending(keyId: number): boolean {
    return this.#panes.isOpen(keyId);
  }

  hasOpenPane(keyId: number): boolean {
    return this.#maxUs < Infinity && this.#panes.isOpen(keyId);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return this.#panes.snapshot(keyIds);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#panes.restore(snapshot, keyIds);
  }

  forget(keyId: number): void {
    this.#panes.forget(keyId);
  }

  get stateBytes(): number {
    return this.#panes.stateBytes;
  }

  #endUs(keyId: number): number {
    return this.#panes.startUs[keyId]! + this.#maxUs;
  }

  #close(keyId: number, endUs: number, arrivalUs: number): void {
    this.#panes.close(keyId, { endUs, durationUs: endUs - this.#panes.startUs[keyId]!, arrivalUs });
  }
}

/** Null is not true. */
function isTrue({ values, valid }: Column, row: number): boolean {
  return values[row] === 1 && (valid === undefined || valid[row] === 1);
}

function slotOf({ input }: WindowContext, name: string): number {
  const slot = input.slots.get(name);
  assert(slot !== undefined, `the input has no column ${name}`);
  return slot;
}
