import type { Expression, PlanNode } from '../../dsl/plan.ts';
import type { ColumnNode } from './added-columns.ts';
import type { Rows } from './rows.ts';
import { freeName, quoted } from './sql-text.ts';

/** What a view that is written has, for those that read it. */
export type Relation = Pick<Rows, 'columns' | 'key' | 'clock'> & { readonly name: string };

/** The plan's nodes by what they are looked up for, and the views that are written. */
export class Views {
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #computed: ReadonlyMap<string, Expression>;
  readonly #columnNodes = new Map<string, ColumnNode[]>();
  readonly #relations = new Map<string, Relation>();
  readonly #names: Set<string>;
  #defined: string[] = [];

  constructor(nodes: readonly PlanNode[]) {
    this.#nodes = new Map(nodes.map(node => [node.id, node]));
    this.#computed = new Map(
      nodes.flatMap(node => (node.kind === 'compute' ? [[node.id, node.expression] as const] : [])),
    );
    for (const node of nodes) {
      if (!isColumnNode(node)) continue;
      const list = this.#columnNodes.get(node.input);
      if (list === undefined) this.#columnNodes.set(node.input, [node]);
      else list.push(node);
    }
    this.#names = new Set(nodes.flatMap(node => (node.kind === 'source' || node.kind === 'select' ? [node.id] : [])));
  }

  node(id: string): PlanNode {
    return this.#nodes.get(id)!;
  }

  computed(column: string): Expression | undefined {
    return this.#computed.get(column);
  }

  /** Those that add columns to a view, in the plan's order: each reads only what stands before it. */
  columnNodes(view: string): readonly ColumnNode[] {
    return this.#columnNodes.get(view) ?? [];
  }

  relation(id: string): Relation | undefined {
    return this.#relations.get(id);
  }

  addRelation(id: string, relation: Relation): void {
    this.#relations.set(id, relation);
  }

  /** A name of the script that no other has. */
  name(wanted: string): string {
    const name = freeName(wanted, this.#names);
    this.#names.add(name);
    return name;
  }

  /** A view that a statement needs beside its own. */
  define(wanted: string, query: string): string {
    const name = this.name(wanted);
    this.#defined.push(`CREATE VIEW ${quoted(name)} AS\n${query}`);
    return name;
  }

  /** What was defined since the last time. */
  takeDefined(): readonly string[] {
    const defined = this.#defined;
    this.#defined = [];
    return defined;
  }
}

function isColumnNode(node: PlanNode): node is ColumnNode {
  return node.kind === 'range' || node.kind === 'history' || node.kind === 'detector' || node.kind === 'lookup';
}
