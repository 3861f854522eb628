import type { PlanNode } from '../../../dsl/plan.ts';
import { assert } from '../../errors.ts';
import { PlanReaders } from '../workers/plan-readers.ts';
import type { BuildOptions } from './build-options.ts';
import { BuiltFrames } from './built-frames.ts';

/** A plan while it is built: what whoever makes a part of it knows of the others. */
export class Building {
  readonly options: BuildOptions;
  readonly nodes: ReadonlyMap<string, PlanNode>;
  readonly readers: PlanReaders;
  readonly frames = new BuiltFrames();

  constructor(options: BuildOptions) {
    this.options = options;
    this.nodes = new Map(options.plan.nodes.map(node => [node.id, node]));
    this.readers = new PlanReaders(options.plan);
  }

  /** Another node that one names. */
  node<Kind extends PlanNode['kind']>(id: string, kind: Kind): Extract<PlanNode, { kind: Kind }> {
    const node = this.nodes.get(id);
    assert(isOfKind(node, kind), `the plan has no ${kind} ${id}`);
    return node;
  }

  /** Ids of the sources that a node reads in the end. */
  sourcesOf(id: string): readonly string[] {
    return this.readers.sourcesOf(this.nodes.get(id)!); // as: it is one of the plan
  }
}

function isOfKind<Kind extends PlanNode['kind']>(
  node: PlanNode | undefined,
  kind: Kind,
): node is Extract<PlanNode, { kind: Kind }> {
  return node?.kind === kind;
}
