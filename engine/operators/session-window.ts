import type { SessionWindowNode } from '../../dsl/plan.ts';
import type { Frame, OperatorContext, PaneOperator, Snapshot } from '../operator.ts';
import { maskOf } from './mask.ts';
import { OpenPanes, type WindowContext } from './open-panes.ts';

/**
 * Sessions [first, last + gap) of a key, cut at first + max: an event at the end opens the next one. A row when the key's
 * watermark reaches the end.
 */
export class SessionWindow implements PaneOperator {
  readonly node: SessionWindowNode;
  readonly #input: OperatorContext['input'];
  readonly #panes: OpenPanes;
  readonly #gapUs: number;
  readonly #maxUs: number;

  constructor(node: SessionWindowNode, context: WindowContext) {
    this.node = node;
    this.#input = context.input;
    this.#panes = new OpenPanes(node, context);
    this.#gapUs = node.gapUs;
    this.#maxUs = node.maxUs ?? Infinity;
  }

  get memory() {
    return this.#panes.memory;
  }

  process(frame: Frame): Frame | undefined {
    const { length, keyIds, timeUs, watermarkUs, arrivalUs } = frame;
    const panes = this.#panes;
    const mask = maskOf(frame, this.#input);
    panes.start(length);
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      if (panes.isOpen(keyId) && watermarkUs[i]! >= this.#endUs(keyId)) this.#close(keyId, arrivalUs[i]!);
      panes.advance(keyId, watermarkUs[i]!, arrivalUs[i]!);
      if (mask !== undefined && mask[i] === 0) continue;
      if (!panes.isOpen(keyId)) panes.open(keyId, timeUs[i]!);
      panes.take(keyId, i, timeUs[i]!);
    }
    return panes.finish(frame);
  }

  nextDueUs(keyId: number): number {
    return this.#panes.nextDueUs(keyId, this.#endUs(keyId));
  }

  hasOpenPane(keyId: number): boolean {
    return this.#panes.isOpen(keyId);
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
    return Math.min(this.#panes.lastUs[keyId]! + this.#gapUs, this.#panes.startUs[keyId]! + this.#maxUs);
  }

  #close(keyId: number, arrivalUs: number): void {
    const durationUs = this.#panes.lastUs[keyId]! - this.#panes.startUs[keyId]!;
    this.#panes.close(keyId, { endUs: this.#endUs(keyId), durationUs, arrivalUs });
  }
}
