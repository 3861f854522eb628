import {
  addedColumns,
  type Expression,
  type Field,
  type Plan,
  type PlanNode,
  replaceColumns,
  type ValueType,
} from '../../dsl/plan.ts';
import { shownName } from '../../engine/explanation/explained-rule.ts';

/** A column that a condition reads, in the view where each row has it. */
export type ReadColumn = {
  readonly view: string;
  readonly column: string;
  readonly type: ValueType;
  /** As a rule file writes it: `temp`, `avg(temp, 1h)`. */
  readonly text: string;
  readonly unit: string | null;
  /** What adds it to its view; null: it is a field of it. */
  readonly maker: PlanNode | null;
};

/** Conditions of a plan by the columns that they come from: what was hoisted is put together again. */
export class ReadColumns {
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #makers: ReadonlyMap<string, PlanNode>; // by column
  readonly #list: readonly PlanNode[];

  constructor({ nodes }: Plan) {
    this.#list = nodes;
    this.#nodes = new Map(nodes.map(node => [node.id, node]));
    this.#makers = new Map(nodes.flatMap(node => addedColumns(node).map(column => [column, node] as const)));
  }

  /** The nearest node that is no filter: what its rows are. */
  frameOf(view: string): PlanNode | undefined {
    const node = this.#nodes.get(view);
    return node?.kind === 'filter' ? this.frameOf(node.input) : node;
  }

  /** Over columns whose names are those that `of` knows. */
  expand(view: string, expression: Expression): Expression {
    return replaceColumns(expression, ({ column, type }) => this.#expandColumn(view, column, type));
  }

  /** As `expand`, of one column; `type` where nobody declares it. */
  expandColumn(view: string, column: string, type: ValueType): Expression {
    return this.#expandColumn(view, column, this.#typeOf(view, column) ?? type);
  }

  /** Of a column in what `expand` gives. */
  of({ column: place, type }: { readonly column: string; readonly type: ValueType }): ReadColumn {
    const [view, column] = placeOf(place);
    const maker = this.#makers.get(column) ?? null;
    return { view, column, type, text: shownName(column, this.#list), unit: this.#unitOf(view, column), maker };
  }

  #expandColumn(view: string, column: string, type: ValueType): Expression {
    const maker = this.#makers.get(column);
    if (maker?.kind === 'compute') return this.expand(maker.input, maker.expression);
    const carried = this.#carriedBy(view, column);
    if (carried !== null) return this.#expandColumn(carried.view, carried.column, type);
    return { kind: 'column', type, column: placeText(view, column) };
  }

  /** Of merged rows: where it was before streams were brought together. */
  #carriedBy(view: string, column: string): { readonly view: string; readonly column: string } | null {
    const frame = this.frameOf(view);
    if (frame?.kind !== 'merge') return null;
    for (const { input, columns } of frame.inputs) {
      const carried = columns.find(({ name }) => name === column);
      if (carried !== undefined) return { view: input, column: carried.column };
    }
    return null;
  }

  #typeOf(view: string, column: string): ValueType | null {
    const maker = this.#makers.get(column);
    switch (maker?.kind) {
      case 'range':
        return typeIn(maker.aggregates, column);
      case 'detector':
        return typeIn(maker.outputs, column);
      case 'lookup':
        return typeIn(maker.fields, column);
      case 'history':
        return maker.type;
      case 'compute':
        return maker.expression.type;
      default:
        return typeIn(fieldsOf(this.frameOf(view)), column);
    }
  }

  #unitOf(view: string, column: string): string | null {
    const maker = this.#makers.get(column);
    switch (maker?.kind) {
      case 'range': {
        const { aggregate, arguments: names } = maker.aggregates.find(({ name }) => name === column)!;
        return OF_THE_SAME_UNIT.has(aggregate) ? this.#unitOf(maker.input, names[0]!) : null;
      }
      case 'history':
        return maker.function === 'prev' ? this.#unitOf(maker.input, maker.argument) : null;
      case 'lookup':
        return maker.fields.find(({ name }) => name === column)?.unit ?? null;
      case undefined:
        return fieldsOf(this.frameOf(view)).find(({ name }) => name === column)?.unit ?? null;
      default:
        return null;
    }
  }
}

/** Aggregates of which the value is one of those that it is made of, or lies among them. */
const OF_THE_SAME_UNIT: ReadonlySet<string> = new Set([
  'avg',
  'min',
  'max',
  'first',
  'last',
  'median',
  'percentile',
  'mode',
  'ewma',
  'twa',
]);

type Typed = Pick<Field, 'name' | 'type' | 'unit'>;

function typeIn(columns: readonly Typed[], column: string): ValueType | null {
  return columns.find(({ name }) => name === column)?.type ?? null;
}

/** What the rows of a node have. */
function fieldsOf(node: PlanNode | undefined): readonly Typed[] {
  if (node === undefined || node.kind === 'lookup') return [];
  if (node.kind === 'match') return node.values;
  if (node.kind !== 'range' && 'aggregates' in node) return node.aggregates;
  return 'fields' in node ? node.fields : [];
}

/** No id has a line end in it. */
function placeText(view: string, column: string): string {
  return `${view}\n${column}`;
}

function placeOf(place: string): readonly [view: string, column: string] {
  const at = place.indexOf('\n');
  return [place.slice(0, at), place.slice(at + 1)];
}
