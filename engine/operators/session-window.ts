import type { SessionWindowNode } from '../../dsl/plan.ts';
import type { Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import { maskOf } from './mask.ts';
import { OpenPanes, type WindowContext } from './open-panes.ts';

/**
 * Sessions [first, last + gap) of a key, cut at first + max: an event at the end opens the next one. A row when the key's
 * watermark reaches the end.
 */
export class SessionWindow implements RowsOperator {
  readonly node: SessionWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #panes: OpenPanes;

  constructor(node: SessionWindowNode, context: WindowContext) {
    const { gapUs, maxUs } = node;
    this.node = node;
    this.#input = context.input;
    const shape = {
      endUs: (startUs: number, lastUs: number) => Math.min(lastUs + gapUs, startUs + (maxUs ?? Infinity)),
      durationUs: (startUs: number, lastUs: number) => lastUs - startUs,
    };
    this.#panes = new OpenPanes(node, shape, context);
  }

  get memory() {
    return this.#panes.memory;
  }

  process(frame: Frame): Frame | undefined {
    const { length, keyIds } = frame;
    const panes = this.#panes;
    const mask = maskOf(frame, this.#input);
    panes.start(length);
    for (let i = 0; i < length; i++) {
      panes.moveTo(frame, i);
      panes.advance(frame, i);
      if (mask !== undefined && mask[i] === 0) continue;
      if (!panes.isOpen(keyIds[i]!)) panes.open(frame, i);
      panes.take(frame, i);
    }
    return panes.finish(frame);
  }

  nextDueUs(keyId: number): number {
    return this.#panes.nextDueUs(keyId);
  }

  hasRowsToCome(keyId: number): boolean {
    return this.#panes.isOpen(keyId);
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
