import { columnsIn, type Expression, type Field, type PlanNode, replaceColumns } from '../../dsl/plan.ts';
import { assert } from '../errors.ts';

/** Where a column comes from: its name there, and the field, if it is one that is declared; null: it is of no column. */
export type Origin = { readonly column: string | null; readonly field?: Field };

/**
 * Conditions as a plan has hoisted them in front of what keys rows anew and brings streams together, so that they can be asked
 * behind it: the columns that they read are carried along.
 */
export class CarriedColumns {
  readonly #nodes: Map<string, PlanNode>; // by id, in the plan's order

  constructor(nodes: readonly PlanNode[]) {
    this.#nodes = new Map(nodes.map(node => [node.id, node]));
  }

  /** With all that is carried. */
  get nodes(): readonly PlanNode[] {
    return [...this.#nodes.values()];
  }

  /** A column of a view as one expression over columns of that view. */
  expanded(view: string, column: string): Expression {
    const node = this.#nodes.get(view)!;
    if (node.kind === 'merge') {
      const place = node.inputs.findIndex(({ columns }) => columns.some(({ name }) => name === column));
      const { input, columns = [] } = node.inputs[place] ?? {};
      const carried = columns.find(({ name }) => name === column);
      if (input !== undefined && carried !== undefined) {
        const behind = this.expanded(input, carried.column);
        return replaceColumns(behind, read => ({ ...read, column: this.#merged(view, place, read) }));
      }
    }
    if (node.kind === 'rekey' && node.fields.some(({ name }) => name === column)) {
      const behind = this.expanded(node.input, column);
      for (const read of columnsIn(behind)) this.#rekeyed(view, { name: read.column, type: read.type });
      return behind;
    }
    const computed = this.#nodes.get(column);
    if (computed?.kind !== 'compute') return { kind: 'column', type: 'bool', column };
    return replaceColumns(computed.expression, read => {
      const inner = this.expanded(computed.input, read.column);
      return inner.kind === 'column' ? { ...read, column: inner.column } : inner;
    });
  }

  originOf(view: string, column: string | null): Origin {
    if (column === null) return { column };
    const node = this.#nodes.get(view);
    if (node?.kind === 'merge') {
      for (const { input, columns } of node.inputs) {
        const carried = columns.find(({ name }) => name === column);
        if (carried !== undefined) return this.originOf(input, carried.column);
      }
    }
    if (node?.kind === 'source' || node?.kind === 'select') {
      const field = node.fields.find(({ name }) => name === column);
      return { column, ...(field === undefined ? {} : { field }) };
    }
    return node !== undefined && 'input' in node ? this.originOf(node.input, column) : { column };
  }

  /** The name of a column of one input among the merged rows. */
  #merged(
    merge: string,
    place: number,
    { column, type }: Pick<Extract<Expression, { readonly kind: 'column' }>, 'column' | 'type'>,
  ): string {
    const node = this.#nodes.get(merge);
    assert(node?.kind === 'merge', 'it was one');
    const { input: view, columns } = node.inputs[place]!;
    if (column === 'time' && this.originOf(view, column).field === undefined) return column; // the rows' own
    const known = columns.find(each => each.column === column);
    if (known !== undefined) return known.name;
    const name = `${merge}#why:${place}:${column}`;
    const inputs = node.inputs.map((input, i) =>
      i === place ? { ...input, columns: [...columns, { name, type, column }] } : input,
    );
    this.#nodes.set(merge, { ...node, inputs });
    return name;
  }

  #rekeyed(rekey: string, field: Field): void {
    const node = this.#nodes.get(rekey);
    assert(node?.kind === 'rekey', 'it was one');
    if (node.fields.some(({ name }) => name === field.name)) return;
    this.#nodes.set(rekey, { ...node, fields: [...node.fields, field] });
  }
}
