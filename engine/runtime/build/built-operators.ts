import { addedColumns } from '../../../dsl/plan.ts';
import type { AlertSink, Operator, View } from '../../operator.ts';
import { createOperator, type NodeContext, type OperatorNode } from '../../operators/index.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import type { Building } from './building.ts';
import type { BuiltRekeys } from './built-rekeys.ts';
import type { BuiltView } from './built-view.ts';
import { RuleOrigins } from './rule-origins.ts';
import type { TableReplicas } from './table-replicas.ts';

/** Makes the operators of nodes, each with what its kind needs to know, and gives them their frames. */
export class BuiltOperators {
  readonly #building: Building;
  readonly #alerts: AlertSink;
  readonly #rekeys: BuiltRekeys;
  readonly #replicas: TableReplicas;
  readonly #origins: RuleOrigins;

  constructor(
    building: Building,
    parts: { readonly alerts: AlertSink; readonly rekeys: BuiltRekeys; readonly replicas: TableReplicas },
  ) {
    const { options, readers, frames } = building;
    this.#building = building;
    this.#alerts = parts.alerts;
    this.#rekeys = parts.rekeys;
    this.#replicas = parts.replicas;
    this.#origins = new RuleOrigins(options.plan, readers, id => frames.view(id));
  }

  /** The operator of a node that adds columns to the view that it reads. */
  addColumns(node: OperatorNode): void {
    const input = this.#building.frames.view(node.input);
    const names = addedColumns(node);
    const slots = names.map(() => input.frame.addSlot());
    names.forEach((name, i) => input.slots.set(name, slots[i]!));
    this.add(node, input, { outputSlots: slots, next: undefined });
  }

  /** `next`: the frame that it starts. */
  add(
    node: OperatorNode,
    input: BuiltView,
    { outputSlots, next }: { readonly outputSlots: readonly number[]; readonly next: FramePipeline | undefined },
  ): Operator {
    const operator = createOperator(node, this.contextOf(input, outputSlots, next));
    this.#building.frames.register(operator, input.frame);
    input.frame.addOperator(operator, next);
    return operator;
  }

  contextOf(
    input: View & { readonly frame: FramePipeline },
    outputSlots: readonly number[] = [],
    downstream: FramePipeline = input.frame,
  ): NodeContext {
    const { symbols, functions, observer } = this.#building.options;
    const { frame } = input;
    const { timeline, activity } = this.#building.frames.placeOf(frame);
    const { keys } = frame;
    return {
      input,
      symbols,
      functions,
      alerts: this.#alerts,
      outputSlots,
      keys,
      outputKeys: downstream.keys,
      downstream,
      clock: activity,
      tableOf: id => this.#replicas.at(id, timeline),
      arrivalTimers: timeline.timers,
      observer,
      originOf: rule => this.#origins.of(rule),
      isOfSourceKeys: timeline.pipeline.keys === keys,
      silence: this.#rekeys.silenceOf(keys, timeline),
      hasSeen: keyId => timeline.pipeline.keys !== keys || timeline.hasSeen(keyId),
    };
  }
}
