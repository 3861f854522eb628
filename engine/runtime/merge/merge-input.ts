import type { MergeInput as InputOfPlan, MergeNode } from '../../../dsl/plan.ts';
import type { Frame, Operator, Snapshot, View } from '../../operator.ts';
import { maskOf } from '../../operators/mask.ts';
import { slotOf } from '../../operators/slot-of.ts';
import type { EntryKind } from '../../state/waiting-entries.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import type { MergedStream } from './merged-stream.ts';

/** Hands the entries of one view to what merges it with others. All state is there, by the merged rows' keys. */
export class MergeInput implements Operator {
  readonly node: MergeNode;
  readonly memory = { bytesPerKey: 0, plus: null };
  readonly stateBytes = 0;
  readonly #view: View;
  readonly #keys: KeyDictionary;
  readonly #slots: readonly number[];
  readonly #place: number;
  readonly #merged: MergedStream;
  readonly #tellsTime: boolean;

  constructor(options: {
    readonly node: MergeNode;
    /** Among the node's. */
    readonly place: number;
    readonly view: View;
    /** Of the view's frame. */
    readonly keys: KeyDictionary;
    readonly merged: MergedStream;
    /** Whether the frames have an entry whenever an event has moved time, whatever reads them beside this. */
    readonly tellsTime: boolean;
  }) {
    const { node, place, view } = options;
    this.node = node;
    this.#place = place;
    this.#view = view;
    this.#keys = options.keys;
    this.#merged = options.merged;
    const { columns, latenessUs } = node.inputs[place] as InputOfPlan; // as: it is one of the node's
    this.#tellsTime = options.tellsTime && latenessUs > 0; // else an entry that is no row is a late event's
    this.#slots = columns.map(({ column }) => slotOf(view, column));
  }

  /**
   * What time alone says is left out: it depends on what else is waited for behind the source, and the merge knows it of itself.
   */
  process(frame: Frame): undefined {
    const { length, keyIds, watermarkUs, arrivalUs, rows, hasRows, cause, cameUs = arrivalUs } = frame;
    const timeKind: EntryKind | null = cause === 'end' ? 'end' : this.#tellsTime && cause === undefined ? 'time' : null;
    const mask = maskOf(frame, this.#view);
    const columns = this.#slots.map(slot => frame.columns[slot]);
    const merged = this.#merged;
    const key = this.#keys.columns;
    for (let i = 0; i < length; i++) {
      const isEvent = rows === undefined || rows[i] === 1;
      const isRow = hasRows && (mask === undefined || mask[i] === 1);
      const kind: EntryKind | null = isRow ? 'row' : isEvent ? 'time' : timeKind;
      if (kind === null) continue;
      const keyId = merged.keyIdOf(key, keyIds[i]!);
      const entry = {
        kind,
        timeUs: watermarkUs[i]!,
        arrivalUs: arrivalUs[i]!,
        cameUs: (isEvent ? cameUs : arrivalUs)[i]!,
      };
      merged.take(keyId, this.#place, entry, columns, i);
    }
  }

  /** Nothing is due here; but that there could be keeps the entries coming that only move time. */
  nextDueUs(): number {
    return Infinity;
  }

  snapshot(): Snapshot {
    return {};
  }

  restore(): void {}

  forget(): void {}
}
