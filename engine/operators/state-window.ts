import type { StateWindowNode } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import type { Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import { maskOf } from './mask.ts';
import { OpenPanes, type WindowContext } from './open-panes.ts';
import { slotOf } from './slot-of.ts';

/**
 * Panes from an event of which one condition is true to the first later one of which another is, cut at start + max. That
 * event is outside; it may open the next pane. A row when the pane closes.
 */
export class StateWindow implements RowsOperator {
  readonly node: StateWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #panes: OpenPanes;
  readonly #from: number; // the frame's slots of the conditions
  readonly #to: number;

  constructor(node: StateWindowNode, context: WindowContext) {
    const maxUs = node.maxUs ?? Infinity;
    this.node = node;
    this.#input = context.input;
    const shape = {
      endUs: (startUs: number) => startUs + maxUs,
      durationUs: (startUs: number, _lastUs: number, untilUs: number) => untilUs - startUs,
    };
    this.#panes = new OpenPanes(node, shape, context);
    this.#from = slotOf(context.input, node.from);
    this.#to = slotOf(context.input, node.to);
  }

  get memory() {
    return this.#panes.memory;
  }

  process(frame: Frame): Frame | undefined {
    const { length, keyIds, timeUs, columns } = frame;
    const panes = this.#panes;
    const mask = maskOf(frame, this.#input);
    const from = columns[this.#from];
    const to = columns[this.#to];
    panes.start(length);
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      panes.moveTo(frame, i);
      const isRow = frame.hasRows && (mask === undefined || mask[i] === 1);
      if (isRow && panes.isOpen(keyId) && isTrue(to!, i)) panes.close(frame, i, timeUs[i]!);
      panes.advance(frame, i);
      if (!isRow) continue;
      if (!panes.isOpen(keyId) && isTrue(from!, i)) panes.open(frame, i);
      if (panes.isOpen(keyId)) panes.take(frame, i);
    }
    return panes.finish(frame);
  }

  nextDueUs(keyId: number): number {
    return this.#panes.nextDueUs(keyId);
  }

  /** Also where no time closes the pane. */
  isPending(keyId: number): boolean {
    return this.#panes.isOpen(keyId);
  }

  hasRowsToCome(keyId: number): boolean {
    return this.node.maxUs !== null && this.#panes.isOpen(keyId);
  }

  watermarkUs(keyId: number, inputUs: number): number {
    return this.#panes.watermarkUs(keyId, inputUs);
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
}

/** Null is not true. */
function isTrue({ values, valid }: Column, row: number): boolean {
  return values[row] === 1 && (valid === undefined || valid[row] === 1);
}
