import { addedColumns, columnsOf, type FilterNode, type Plan, type PlanNode } from '../../../dsl/plan.ts';
import { scalarFunctions } from '../../functions/index.ts';
import type { Functions } from '../../functions/own-functions.ts';
import { bestGuards } from '../../operators/row-index/best-guards.ts';
import { callsOwn, type Guard, guardsOf } from '../../operators/row-index/guard.ts';
import type { PlanReaders } from '../workers/plan-readers.ts';

/** Which filters of a plan share an index, view by view. */
export class IndexedFilters {
  readonly #readers: PlanReaders;
  readonly #functions: Functions;
  readonly #filtersOf: ReadonlyMap<string, readonly FilterNode[]>; // by view
  readonly #placeOf: ReadonlyMap<string, number>; // of nodes and of the columns that they add, in the plan
  readonly #guards = new Map<string, ReadonlyMap<FilterNode, Guard>>(); // by view
  readonly #rowsOnly = new Map<PlanNode, boolean>();

  constructor(plan: Plan, options: { readonly readers: PlanReaders; readonly functions?: Functions | undefined }) {
    this.#readers = options.readers;
    this.#functions = options.functions ?? scalarFunctions;
    this.#filtersOf = Map.groupBy(
      plan.nodes.filter(node => node.kind === 'filter'),
      ({ input }) => input,
    );
    this.#placeOf = new Map(
      plan.nodes.flatMap((node, place) => [node.id, ...addedColumns(node)].map(name => [name, place])),
    );
  }

  /** By which the filter is found; undefined: it looks at all rows itself. */
  guardOf(node: FilterNode): Guard | undefined {
    let guards = this.#guards.get(node.input);
    if (guards === undefined) this.#guards.set(node.input, (guards = this.#guardsOf(this.#filtersOf.get(node.input)!)));
    return guards.get(node);
  }

  /** Whether all that is behind a node sees its rows alone: it keeps neither time nor state. */
  isReadForRows(node: PlanNode): boolean {
    let isSo = this.#rowsOnly.get(node);
    if (isSo === undefined) {
      isSo = this.#readers.readersOf(node).every(reader => FOR_ROWS.has(reader.kind) && this.isReadForRows(reader));
      this.#rowsOnly.set(node, isSo);
    }
    return isSo;
  }

  /** The index is where the first of them is: what the others read has to be there, too. */
  #guardsOf(filters: readonly FilterNode[]): ReadonlyMap<FilterNode, Guard> {
    const candidates = filters
      .filter(({ condition }) => !callsOwn(condition, this.#functions))
      .map(node => ({ node, guards: guardsOf(node.condition) }))
      .filter(({ guards }) => guards.length > 0);
    if (candidates.length === 0) return new Map();
    const place = this.#placeOf.get(candidates[0]!.node.id)!;
    const isThere = (column: string) => (this.#placeOf.get(column) ?? 0) < place;
    return bestGuards(
      candidates.filter(({ node }) => columnsOf(node.condition).every(isThere)),
      { isPreferred: () => false },
    );
  }
}

const FOR_ROWS: ReadonlySet<PlanNode['kind']> = new Set(['filter', 'compute', 'lookup', 'select', 'route', 'store']);
