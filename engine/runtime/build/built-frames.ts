import type { Field } from '../../../dsl/plan.ts';
import { assert } from '../../errors.ts';
import type { Operator } from '../../operator.ts';
import type { ActivityClock } from '../../operators/rekey/activity-clock.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import type { StateTable } from '../checkpoint/engine-state.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import type { Timeline } from '../timeline.ts';
import { BuiltView } from './built-view.ts';

/** Keys that state belongs to, while there may be more operators with state by them. */
export type BuiltTable = StateTable & { readonly operators: Operator[] };

/** What a frame's entries are moved by. */
export type FramePlace = {
  readonly timeline: Timeline;
  /** Of its keys. */
  readonly activity: ActivityClock;
  /** Whether it has an entry whenever an event has moved time, whatever else is behind it. */
  readonly tellsTime: boolean;
};

/** The frames of a plan: how nodes see them, where they come from, and the operators and the state that are by their keys. */
export class BuiltFrames {
  readonly operators = new Map<string, Operator>(); // by node
  readonly tables = new Map<KeyDictionary, BuiltTable>();
  readonly #views = new Map<string, BuiltView>(); // by node
  readonly #places = new Map<FramePipeline, FramePlace>();
  readonly #frameOf = new Map<Operator, FramePipeline>();

  view(id: string): BuiltView {
    const view = this.#views.get(id);
    assert(view !== undefined, `the plan has no node ${id} before its use`);
    return view;
  }

  addView(id: string, view: BuiltView): void {
    this.#views.set(id, view);
  }

  /** Of a frame that a node starts: its columns are these fields. */
  addFrameView(id: string, frame: FramePipeline, fields: readonly Field[]): void {
    const view = new BuiltView({ frame, mask: undefined, fields, parent: undefined });
    for (const field of fields) view.slots.set(field.name, frame.addSlot());
    this.#views.set(id, view);
  }

  placeOf(frame: FramePipeline): FramePlace {
    return this.#places.get(frame)!; // as: it is there before anything behind it is
  }

  timelineOf(frame: FramePipeline): Timeline {
    return this.placeOf(frame).timeline;
  }

  /** All frames that come from the same one, which is among them. */
  on(timeline: Timeline): FramePipeline[] {
    return [...this.#places].flatMap(([frame, place]) => (place.timeline === timeline ? [frame] : []));
  }

  addFrame(frame: FramePipeline, place: FramePlace): void {
    this.#places.set(frame, place);
  }

  /** The frame that a node's timeline gives, whose keys are its own. */
  addTimeline(id: string, place: FramePlace): void {
    const { timeline } = place;
    const { pipeline } = timeline;
    const { keys } = pipeline;
    const hasSeen = (keyId: number) => timeline.hasSeen(keyId);
    this.addTable({ id, keys, source: timeline, hasSeen, isOfSingleKeys: true, operators: [] });
    this.#places.set(pipeline, place);
  }

  addTable(table: BuiltTable): void {
    this.tables.set(table.keys, table);
  }

  /** The frame that gives an operator its entries. */
  frameOf(operator: Operator): FramePipeline {
    return this.#frameOf.get(operator)!; // as: it is one of the plan
  }

  /** It is given the frame's entries, and has no state of its own there. */
  addReader(operator: Operator, frame: FramePipeline): void {
    this.#frameOf.set(operator, frame);
  }

  /** What it has of its own is part of the state, whoever gives it its frames. */
  register(operator: Operator, frame: FramePipeline): void {
    this.operators.set(operator.node.id, operator);
    this.#frameOf.set(operator, frame);
    this.tables.get(frame.keys)!.operators.push(operator);
    if (operator.listener !== undefined) this.timelineOf(frame).addListener(operator.listener, frame);
  }

  /** Its state goes with it. */
  remove(operator: Operator): void {
    const frame = this.frameOf(operator);
    frame.remove(operator);
    const timeline = this.timelineOf(frame);
    timeline.removeArrivalDriven(operator);
    if (operator.listener !== undefined) timeline.removeListener(operator.listener);
    this.operators.delete(operator.node.id);
    const { operators } = this.tables.get(frame.keys)!;
    operators.splice(operators.indexOf(operator), 1);
  }
}
