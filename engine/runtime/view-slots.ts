import type { Field } from '../../dsl/plan.ts';
import type { View } from '../operator.ts';
import type { FramePipeline } from './frame-pipeline.ts';

/**
 * A view while the plan is built: columns may be added to it, and behind a filter one sees what stands before it.
 * `fields` are what a user sees of it: the names of a stream, in order.
 */
export class BuiltView implements View {
  readonly frame: FramePipeline;
  readonly mask: number | undefined;
  readonly slots: Map<string, number>;
  readonly fields: readonly Field[];

  constructor(options: {
    readonly frame: FramePipeline;
    readonly mask: number | undefined;
    readonly fields: readonly Field[];
    /** Where names are looked up that are not found here. */
    readonly parent: Map<string, number> | undefined;
    /** Instead of names of its own. */
    readonly slots?: Map<string, number>;
  }) {
    this.frame = options.frame;
    this.mask = options.mask;
    this.fields = options.fields;
    this.slots = options.slots ?? new SlotMap(options.parent, () => options.frame.timeSlot());
  }
}

/** Of a frame that holds rows of another one: what stands there is carried over as soon as somebody asks for its slot. */
export class CarriedSlots extends Map<string, number> {
  /** Slots there → slots here. */
  readonly carried = new Map<number, number>();
  readonly #from: Map<string, number>;
  readonly #frame: FramePipeline;

  constructor(from: Map<string, number>, frame: FramePipeline) {
    super();
    this.#from = from;
    this.#frame = frame;
  }

  override get(name: string): number | undefined {
    const known = super.get(name);
    if (known !== undefined) return known;
    if (this.#from.has(name)) return this.#carry(this.#from.get(name)!);
    return name === 'time' ? this.#frame.timeSlot() : undefined;
  }

  override has(name: string): boolean {
    return super.has(name) || this.#from.has(name);
  }

  #carry(from: number): number {
    let slot = this.carried.get(from);
    if (slot === undefined) this.carried.set(from, (slot = this.#frame.addSlot()));
    return slot;
  }
}

/**
 * Names → slots; what is not found here is looked up in the view before. `time` that no field has is the event's: a
 * column as soon as somebody asks for its slot.
 */
class SlotMap extends Map<string, number> {
  readonly #parent: Map<string, number> | undefined;
  readonly #timeSlot: () => number;

  constructor(parent: Map<string, number> | undefined, timeSlot: () => number) {
    super();
    this.#parent = parent;
    this.#timeSlot = timeSlot;
  }

  override get(name: string): number | undefined {
    const known = super.get(name) ?? this.#parent?.get(name);
    return known === undefined && name === 'time' ? this.#timeSlot() : known;
  }

  override has(name: string): boolean {
    return super.has(name) || this.#parent?.has(name) === true;
  }
}
