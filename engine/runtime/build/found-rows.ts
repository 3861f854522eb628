import type { CarriedSlot, RowsBehind } from '../../operators/filter-index/rows-of-frame.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { FramePipeline } from '../frame-pipeline.ts';
import type { OperatorTimes } from '../metrics/operator-times.ts';
import type { Slots } from './built-view.ts';

/** What is behind a filter in an index: it sees frames of the filter's rows alone. */
export class FoundRows extends FramePipeline implements RowsBehind {
  readonly carried: CarriedSlot[] = [];
  /** Those of the filter's own frame: what stands there is carried over as soon as somebody asks for its slot. */
  readonly slots: Slots;

  constructor(
    id: string,
    options: { readonly keys: KeyDictionary; readonly times?: OperatorTimes | undefined; readonly from: Slots },
  ) {
    super(id, options.keys, options.times);
    const { from } = options;
    this.slots = { has: name => from.has(name), get: name => this.#carry(from.get(name)!) }; // as: it is asked for what it has
  }

  #carry(from: number): number {
    const known = this.carried.find(other => other.from === from);
    if (known !== undefined) return known.to;
    const to = this.addSlot();
    this.carried.push({ from, to });
    return to;
  }
}
