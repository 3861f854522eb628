import type { MergeInput as InputOfPlan, MergeNode } from '../../../dsl/plan.ts';
import type { Frame, Operator, Snapshot, View } from '../../operator.ts';
import { maskOf } from '../../operators/mask.ts';
import { slotOf } from '../../operators/slot-of.ts';
import { growFloat64, growUint32, growUint8 } from '../../state/growable.ts';
import { ENTRY_KIND, NO_ENTRY } from '../../state/waiting-entries.ts';
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
  // By entry of a frame.
  #kinds: Uint8Array = new Uint8Array(0);
  #keyIds = new Uint32Array(0); // of the merged rows
  #cameUs = new Float64Array(0);

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
    const { length, watermarkUs, arrivalUs } = frame;
    this.#readEntries(frame);
    const entries = {
      length,
      keyIds: this.#keyIds,
      kinds: this.#kinds,
      timeUs: watermarkUs,
      arrivalUs,
      cameUs: this.#cameUs,
    };
    const columns = this.#slots.map(slot => frame.columns[slot]);
    this.#merged.take(this.#place, entries, columns);
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

  /** Benchmark: joins */
  #readEntries(frame: Frame): void {
    const { length, keyIds, arrivalUs, rows, hasRows, cause, cameUs = arrivalUs } = frame;
    this.#kinds = growUint8(this.#kinds, length);
    this.#keyIds = growUint32(this.#keyIds, length);
    this.#cameUs = growFloat64(this.#cameUs, length);
    const timeKind =
      cause === 'end' ? ENTRY_KIND.end : this.#tellsTime && cause === undefined ? ENTRY_KIND.time : NO_ENTRY;
    const mask = maskOf(frame, this.#view);
    const merged = this.#merged;
    const key = this.#keys.columns;
    for (let i = 0; i < length; i++) {
      const isEvent = rows === undefined || rows[i] === 1;
      const isRow = hasRows && (mask === undefined || mask[i] === 1);
      const kind = isRow ? ENTRY_KIND.row : isEvent ? ENTRY_KIND.time : timeKind;
      this.#kinds[i] = kind;
      if (kind === NO_ENTRY) continue;
      this.#keyIds[i] = merged.keyIdOf(key, keyIds[i]!);
      this.#cameUs[i] = (isEvent ? cameUs : arrivalUs)[i]!;
    }
  }
}
