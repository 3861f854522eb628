import type { Field } from '../../../dsl/plan.ts';
import type { View } from '../../operator.ts';
import type { FramePipeline } from '../frame-pipeline.ts';

/**
 * A view while the plan is built: columns may be added to it, and behind a filter one sees what stands before it.
 * `fields` are what a user sees of it: the names of a stream, in order.
 */
export class BuiltView implements View {
  readonly frame: FramePipeline;
  readonly mask: number | undefined;
  readonly slots: SlotMap;
  readonly fields: readonly Field[];

  constructor(options: {
    readonly frame: FramePipeline;
    readonly mask: number | undefined;
    readonly fields: readonly Field[];
    readonly parent: Slots | undefined;
  }) {
    this.frame = options.frame;
    this.mask = options.mask;
    this.fields = options.fields;
    this.slots = new SlotMap(options.parent, () => options.frame.timeSlot());
  }
}

/** Names → slots, of which a view finds those that it has not itself. */
export type Slots = Pick<ReadonlyMap<string, number>, 'has' | 'get'>;

/** Those of another view under other names. */
export function renamedSlots(from: Slots, names: ReadonlyMap<string, string>): Slots {
  return { has: name => names.has(name), get: name => from.get(names.get(name)!) };
}

/**
 * Names → slots; what is not found here is looked up in the view before. `time` that no field has is the event's: a
 * column as soon as somebody asks for its slot.
 */
class SlotMap extends Map<string, number> {
  readonly #parent: Slots | undefined;
  readonly #timeSlot: () => number;

  constructor(parent: Slots | undefined, timeSlot: () => number) {
    super();
    this.#parent = parent;
    this.#timeSlot = timeSlot;
  }

  override get(name: string): number | undefined {
    const known = super.get(name) ?? (this.#parent?.has(name) === true ? this.#parent.get(name) : undefined);
    return known === undefined && name === 'time' ? this.#timeSlot() : known;
  }

  override has(name: string): boolean {
    return super.has(name) || this.#parent?.has(name) === true;
  }
}
