import type {
  CheckedAlerts,
  CheckedRoute,
  CheckedRule,
  CheckedStore,
  CheckedStream,
  CheckedSuppression,
  DerivedStream,
  Program,
  SourceStream,
} from '../check/program.ts';
import type { CheckedPattern } from '../check/pattern.ts';
import type { CheckedJoin, JoinedStream } from '../check/join.ts';
import { lowerJoin } from './lower-join.ts';
import { IDENTITY_COLUMNS, PLAN_VERSION, type Plan, type SourceField, type Suppression } from '../plan.ts';
import { markNeeded } from './needed-columns.ts';
import { type BoundParts, lowerPattern } from './lower-pattern.ts';
import { type ColumnMap, PlanGraph, type View } from './plan-graph.ts';
import { renameColumns } from '../plan/expression-parts.ts';
import { sortNodes } from './sort-nodes.ts';

/** Turns a checked program into the plan's nodes. */
export function lowerProgram(program: Program): Plan {
  const lowering = new Lowering(new Set(program.stores.map(store => store.stream)));
  for (const { table } of program.tables) lowering.graph.table({ kind: 'table', ...table });
  for (const stream of program.streams) lowering.stream(stream);
  for (const rule of program.rules) lowering.rule(rule);
  for (const store of program.stores) lowering.store(store);
  for (const route of program.routes) lowering.route(route);
  return { version: PLAN_VERSION, nodes: markNeeded(sortNodes(lowering.graph.nodes)) };
}

class Lowering {
  readonly graph = new PlanGraph();
  readonly #views = new Map<string, View>();
  readonly #places = new Map<string, number>(); // of streams, each behind those that it reads, else in the file's order
  readonly #stored: ReadonlySet<string>;
  readonly #sources = new Set<string>();

  constructor(stored: ReadonlySet<string>) {
    this.#stored = stored;
  }

  stream(stream: CheckedStream): void {
    if (stream.kind === 'source') this.#sources.add(stream.schema.name);
    const view = stream.kind === 'source' ? this.#source(stream) : this.#derived(stream);
    this.#places.set(stream.schema.name, this.#places.size);
    this.#views.set(stream.schema.name, view);
  }

  rule({ name, on, alerts, pattern, silence, where, by, columns, suppression, rule }: CheckedRule): void {
    const id = `rule:${name}`;
    const matches = pattern && this.#matches(pattern, name, stream => this.#boundParts(stream));
    const stream = matches?.view ?? this.#rowsOf(on, alerts);
    const input = silence === null ? stream : this.graph.silence(stream, silence, id);
    const view = this.#rekeyed(this.#filtered(input, where, id), { by, window: null }, id);
    const column = this.graph.columns(view, columns, matches?.columns ?? same);
    const { otherwise, ...rest } = rule;
    this.graph.end({
      kind: 'rule',
      id,
      name,
      input: view.id,
      ...rest,
      levels: rest.levels.map(level => ({ ...level, when: column(level.when) })),
      clear: rest.clear && { ...rest.clear, when: column(rest.clear.when) },
      while: rest.while && { ...rest.while, condition: column(rest.while.condition) },
      values: rest.values.map(value => ({ ...value, column: column(value.column) })),
      ...(matches === undefined || matches.bound.length === 0 ? {} : { bound: matches.bound }),
      ...(suppression === undefined
        ? {}
        : { suppress: this.#suppression(view, suppression, matches?.columns ?? same) }),
      quality: { column: view.quality, otherwise },
    });
  }

  #suppression(
    view: View,
    { condition, columns, alerts, requests }: CheckedSuppression,
    outer: ColumnMap,
  ): Suppression {
    const column = this.graph.columns(view, requests, outer);
    return {
      condition: renameColumns(condition, column),
      columns: columns.map(read => ({ ...read, column: column(read.column) })),
      alerts: alerts.map(({ rule, key, ...alert }) => ({ ...alert, rule: `rule:${rule}`, key: key.map(column) })),
    };
  }

  store({ stream, keepUs }: CheckedStore): void {
    this.graph.end({ kind: 'store', id: `store:${stream}`, input: stream, keepUs });
  }

  route({ stream, condition, targets }: CheckedRoute): void {
    for (const target of targets) {
      this.graph.end({
        kind: 'route',
        id: `route:${stream}:${target.connector}`,
        input: stream,
        condition,
        target,
      });
    }
  }

  #source({ schema, source }: SourceStream): View {
    const identity = this.#stored.has(schema.name) ? IDENTITY_FIELDS : [];
    const fields = [...source.fields, ...identity].map(field => ({ ...field, isNeeded: false })); // markNeeded knows
    return this.graph.source({ kind: 'source', id: schema.name, ...source, fields });
  }

  /** where → by → window → having → select; each stage's columns are added to the view that the stage reads. */
  #derived(stream: DerivedStream): View {
    const { schema, from, alerts, join, pattern, side, where, window, columns, having, select } = stream;
    const { name } = schema;
    const matches = pattern && this.#matches(pattern, name);
    const rows = matches?.view ?? (join ? this.#joined(join, name) : this.#rowsOf(from, alerts));
    const input = side === null ? rows : this.graph.side(rows, side);
    let view = this.#filtered(input, where, name);
    let column: ColumnMap = matches?.columns ?? same;
    if (window === null) {
      view = this.#rekeyed(view, stream, name);
    } else {
      const argument = this.graph.columns(view, window.eventColumns, column);
      view = this.#rekeyed(view, stream, name);
      const panes = this.graph.window(view, window, argument, name);
      view = panes.view;
      column = panes.columns;
    }
    column = this.graph.columns(view, columns, column);
    if (having !== null) view = this.graph.filter(view, renameColumns(having, column), `${name}#having`);
    return this.graph.select(view, select, column, name);
  }

  #filtered(view: View, where: CheckedRule['where'], name: string): View {
    if (where === null) return view;
    const column = this.graph.columns(view, where.columns);
    return this.graph.filter(view, renameColumns(where.condition, column), `${name}#where`);
  }

  /** Of rows that are bound, for who is told of them. */
  #boundParts(stream: string): BoundParts {
    return this.#sources.has(stream) && this.#stored.has(stream) ? 'identity' : 'time';
  }

  #matches(pattern: CheckedPattern, name: string, tells?: (stream: string) => BoundParts) {
    const inputs = pattern.streams.map(stream => ({ ...stream, view: this.#view(stream.schema.name) }));
    const placeOf = ({ schema }: (typeof inputs)[number]) => this.#places.get(schema.name)!;
    const inOrder = inputs.toSorted((a, b) => placeOf(a) - placeOf(b));
    return lowerPattern({ ...pattern, streams: inOrder }, name, this.graph, tells);
  }

  #joined(join: CheckedJoin, name: string): View {
    const sideOf = (stream: JoinedStream) => {
      const { name: streamName } = stream.schema;
      return { ...stream, view: this.#view(streamName), place: this.#places.get(streamName)! };
    };
    return lowerJoin({ ...join, left: sideOf(join.left), right: sideOf(join.right) }, name, this.graph);
  }

  /** What late events say of where keys belong changes what they revise, and nothing else. */
  #rekeyed(view: View, { by, window }: Pick<DerivedStream, 'by' | 'window'>, name: string): View {
    if (by === null) return view;
    return this.graph.rekey(view, by, `${name}#by`, { isRevised: window !== null && window.reviseUs !== null });
  }

  #rowsOf(stream: string, alerts: CheckedAlerts | undefined): View {
    return alerts === undefined ? this.#view(stream) : this.graph.alerts(alerts);
  }

  #view(stream: string): View {
    return this.#views.get(stream)!;
  }
}

const same: ColumnMap = column => column;

/** What the rows of a raw series are told apart by; no name of a rule file has a `#`. */
const IDENTITY_FIELDS: readonly Omit<SourceField, 'isNeeded'>[] = (['source', 'sequence', 'item'] as const).map(
  part => ({
    name: IDENTITY_COLUMNS[part],
    type: part === 'source' ? 'symbol' : 'int',
    from: { kind: 'identity', part },
    isNumberFromText: false,
    scaling: [],
    range: null,
    default: null,
  }),
);
