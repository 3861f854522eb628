import type { LatestJoinNode } from '../../dsl/plan.ts';
import { createColumn } from '../batch.ts';
import type { Downstream, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { WaitingEntries } from '../state/waiting-entries.ts';
import { namedEntries, restoredEntries } from '../state/named-entries.ts';
import { fieldsOfSide, JoinedOutput } from './join/joined-output.ts';
import { sideMask, slotsOfSide } from './join/side-rows.ts';

/** Each left row with the right row that came last before it in the input's order: one row of each key is kept. */
export class LatestJoin implements RowsOperator {
  readonly node: LatestJoinNode;
  readonly memory = { bytesPerKey: 64, plus: 'the columns of one row' };
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #leftSlots: readonly number[];
  readonly #rightSlots: readonly number[];
  readonly #last: WaitingEntries; // bound: one a key
  readonly #output: JoinedOutput;

  constructor(node: LatestJoinNode, context: OperatorContext & { downstream: Downstream; keys: KeyDictionary }) {
    this.node = node;
    this.#input = context.input;
    this.#downstream = context.downstream;
    this.#leftSlots = slotsOfSide(node, 'left', context.input);
    this.#rightSlots = slotsOfSide(node, 'right', context.input);
    this.#last = new WaitingEntries(fieldsOfSide(node, 'right').map(({ type }) => createColumn(type, 0)));
    this.#output = new JoinedOutput(node, context);
  }

  process(frame: Frame): Frame | undefined {
    const output = this.#output;
    output.start();
    const isLeft = sideMask(frame, this.#input, this.node.left);
    const isRight = sideMask(frame, this.#input, this.node.right);
    const left = this.#leftSlots.map(slot => frame.columns[slot]);
    const right = this.#rightSlots.map(slot => frame.columns[slot]);
    const { length, keyIds, watermarkUs, arrivalUs } = frame;
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      const timeUs = watermarkUs[i]!;
      output.set(keyId, arrivalUs[i]!);
      output.advance(timeUs);
      if (isRight?.[i] === 1) this.#keep(keyId, timeUs, i);
      if (isLeft?.[i] === 1) this.#join(keyId, timeUs, i);
    }
    this.#last.moveKept(right);
    const joined = output.takeOf(left, this.#last.columns);
    this.#last.freeLeft();
    return joined;
  }

  nextDueUs(keyId: number): number {
    return this.#downstream.nextDueUs(keyId);
  }

  hasRowsToCome(): boolean {
    return false;
  }

  watermarkUs(_keyId: number, inputUs: number): number {
    return inputUs;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    const { entries, columns } = this.#last.snapshot(keyIds);
    return { entries, named: namedEntries(fieldsOfSide(this.node, 'right'), columns) };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#last.restore(restoredEntries(snapshot, fieldsOfSide(this.node, 'right')), keyIds);
  }

  forget(keyId: number): void {
    this.#last.forget(keyId);
  }

  get stateBytes(): number {
    return this.#last.stateBytes;
  }

  #keep(keyId: number, timeUs: number, row: number): void {
    if (this.#last.oldest(keyId) >= 0) this.#last.letOldestGo(keyId);
    this.#last.keep(keyId, timeUs, row);
  }

  #join(keyId: number, timeUs: number, left: number): void {
    const { join, withinUs } = this.node;
    const row = this.#last.oldest(keyId);
    const isThere = row >= 0 && (withinUs === null || timeUs - this.#last.timeUs(row) < withinUs);
    if (join === 'anti' ? isThere : join === 'inner' && !isThere) return;
    this.#output.append(timeUs, left, isThere ? row : -1);
  }
}
