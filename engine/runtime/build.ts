import type {
  AlertsNode,
  Field,
  Plan,
  PlanNode,
  RekeyNode,
  SelectNode,
  SideNode,
  SourceNode,
  StoreNode,
} from '../../dsl/plan.ts';
import { neededFields, type Rejection, type SymbolTable } from '../batch.ts';
import type { ArrivalClock } from '../connector.ts';
import { assert } from '../errors.ts';
import type { AlertSink, Operator } from '../operator.ts';
import { createOperator, type OperatorNode } from '../operators/index.ts';
import { maskOf } from '../operators/mask.ts';
import { paneRowFields } from '../operators/pane-rows.ts';
import { type ActivityClock, Rekey } from '../operators/rekey.ts';
import type { HoppingWindow } from '../operators/hopping-window.ts';
import type { TumblingWindow } from '../operators/tumbling-window.ts';
import { KeyDictionary } from '../state/key-dictionary.ts';
import { DEFAULT_MAX_KEYS, KeyLimit } from '../state/key-limit.ts';
import type { StateTable } from './checkpoint/engine-state.ts';
import { AlertFeed } from './alert-feed.ts';
import { FramePipeline } from './frame-pipeline.ts';
import { KeyClock } from './key-clock.ts';
import { RawRows } from './raw-rows.ts';
import { type RowColumns, type RowShape, RowTap } from './row-batch.ts';
import { sideSource } from './side-source.ts';
import { SourceStream } from './source-stream.ts';
import { BuiltView } from './view-slots.ts';

const NEVER_IDLE_ACTIVE_US = 30_000_000; // MEANING.md 6

export type BuildOptions = {
  readonly plan: Plan;
  readonly symbols: SymbolTable;
  readonly arrivalClockOf: (stream: string) => ArrivalClock | 'admitted';
  readonly rowStreams: readonly string[];
  /** Of each source. Default 2,000,000. */
  readonly maxKeys?: number | undefined;
  readonly alerts: AlertSink;
  readonly onRows: (rows: RowColumns) => void;
  readonly onRejected: (rejection: Rejection) => void;
};

export type Built = {
  readonly sources: ReadonlyMap<string, SourceStream>;
  /** What sources leave aside, by the id of its node. */
  readonly sides: ReadonlyMap<string, SourceStream>;
  readonly operators: ReadonlyMap<string, Operator>;
  readonly tables: readonly StateTable[];
  /** Of the streams whose rows go out. */
  readonly shapes: ReadonlyMap<string, RowShape>;
  /** Takes an operator out, whose readers are taken out as well; its state goes with it. */
  remove(nodeId: string): void;
};

/** Makes the operators of a plan and connects them, node by node in the plan's order. */
export function build(options: BuildOptions): Built {
  const builder = new Builder(options);
  for (const node of options.plan.nodes) builder.add(node);
  for (const stream of options.rowStreams) builder.addRows(stream);
  const { sources, sides, operators, tables, shapes } = builder;
  return { sources, sides, operators, tables: [...tables.values()], shapes, remove: id => builder.remove(id) };
}

class Builder {
  readonly sources = new Map<string, SourceStream>();
  readonly sides = new Map<string, SourceStream>();
  readonly operators = new Map<string, Operator>();
  readonly tables = new Map<KeyDictionary, StateTable & { readonly operators: Operator[] }>();
  readonly shapes = new Map<string, RowShape>();
  readonly #options: BuildOptions;
  readonly #views = new Map<string, BuiltView>();
  readonly #sourceOf = new Map<FramePipeline, SourceStream>();
  readonly #frameOf = new Map<Operator, FramePipeline>();
  readonly #activityOf = new Map<FramePipeline, ActivityClock>();
  readonly #raw = new Map<string, RawRows>(); // by store node
  readonly #feeds: AlertFeed[] = [];
  readonly #alerts: AlertSink;

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#alerts = {
      emit: (change, at) => {
        options.alerts.emit(change, at);
        for (const feed of this.#feeds) feed.take(change, at);
      },
    };
  }

  add(node: PlanNode): void {
    switch (node.kind) {
      case 'source':
        this.sources.set(
          node.id,
          this.#addSource(node, { arrivalClock: this.#options.arrivalClockOf(node.id), clockOf: node.id }),
        );
        return;
      case 'side':
        return this.#addSide(node);
      case 'alerts':
        return this.#addAlerts(node);
      case 'select':
        return this.#addSelect(node);
      case 'route':
      case 'store':
        return;
      case 'filter':
        return this.#addFilter(node);
      case 'rekey':
      case 'tumbling-window':
      case 'hopping-window':
        return this.#addFrame(node);
      case 'compute':
      case 'history':
        return this.#addColumns(node, [node.id]);
      case 'range':
        return this.#addColumns(
          node,
          node.aggregates.map(aggregate => aggregate.name),
        );
      case 'rule':
        return this.#addColumns(node, []);
    }
  }

  remove(nodeId: string): void {
    const operator = this.operators.get(nodeId)!;
    const frame = this.#frameOf.get(operator)!;
    frame.remove(operator);
    const source = this.#sourceOf.get(frame)!;
    source.removeArrivalDriven(operator);
    if (operator.listener !== undefined) source.removeListener(operator.listener);
    this.operators.delete(nodeId);
    const { operators } = this.tables.get(frame.keys)!;
    operators.splice(operators.indexOf(operator), 1);
  }

  /** Rows of this stream go out, or those of the series that a store node is for. */
  addRows(id: string): void {
    const store = this.#options.plan.nodes.find(node => node.kind === 'store' && node.id === id) as
      | StoreNode
      | undefined;
    if (store === undefined) return this.#addTap(id, id);
    const raw = this.#raw.get(id);
    if (raw === undefined) return this.#addTap(id, store.input);
    this.shapes.set(id, raw.shape);
  }

  #addTap(stream: string, viewId: string): void {
    const view = this.#view(viewId);
    const { frame, fields } = view;
    const { onRows } = this.#options;
    const shown = fields.filter(field => !frame.keys.fields.includes(field.name) && !field.name.startsWith('#'));
    const slots = shown.map(field => slotOf(view, field.name));
    const tap = new RowTap({ stream, slots, keys: frame.keys });
    this.shapes.set(stream, { key: keyFieldsOf(view), fields: shown });
    frame.addTap(current => {
      const rows = tap.rowsOf(current, maskOf(current, view));
      if (rows !== undefined) onRows(rows);
    });
  }

  #addSide(node: SideNode): void {
    const source = this.#options.plan.nodes.find(({ id }) => id === node.input) as SourceNode; // as: the plan is valid
    const side = this.#addSource(sideSource(node, source), { arrivalClock: 'admitted', clockOf: source.id });
    this.sides.set(node.id, side);
    this.sources.get(node.input)!.addSide(node, side);
  }

  #addAlerts(node: AlertsNode): void {
    const { plan, symbols } = this.#options;
    const source = plan.nodes.find(({ id }) => id === node.input) as SourceNode; // as: the plan is valid
    const keyed = { ...source, key: node.key.map(({ name }) => name) };
    const stream = this.#addSource(sideSource(node, keyed), { arrivalClock: 'admitted', clockOf: source.id });
    const rules = plan.nodes.filter(other => other.kind === 'rule');
    const feed = new AlertFeed({ node, rules, symbols, stream });
    this.sides.set(node.id, stream);
    this.#feeds.push(feed);
    stream.attach(feed);
    this.sources.get(node.input)!.addFeed(feed);
  }

  #addSource(
    node: SourceNode,
    arrivals: { readonly arrivalClock: ArrivalClock | 'admitted'; readonly clockOf: string },
  ): SourceStream {
    const fields = neededFields(node);
    const keyFields = node.key.map(name => fieldOf(fields, name));
    const { symbols, maxKeys = DEFAULT_MAX_KEYS } = this.#options;
    const keyLimit = new KeyLimit(maxKeys, symbols);
    const pipeline = new FramePipeline(node.id, new KeyDictionary(keyFields, symbols, keyLimit));
    const clock = new KeyClock(node);
    const source = new SourceStream({
      node,
      clock,
      pipeline,
      symbols,
      keyLimit,
      ...arrivals,
      onRejected: this.#options.onRejected,
      raw: this.#rawOf(node),
      onRaw: this.#options.onRows,
    });
    this.tables.set(pipeline.keys, { id: node.id, keys: pipeline.keys, source, operators: [] });
    this.#sourceOf.set(pipeline, source);
    this.#activityOf.set(pipeline, {
      lastArrivalUs: keyId => clock.lastArrivalUs(keyId),
      activeUs: clock.quietUs === Infinity ? NEVER_IDLE_ACTIVE_US : clock.quietUs,
      isPending: () => false,
      sourceKeysOf: keyId => [keyId],
    });
    this.#addFrameView(node.id, pipeline, fields);
    return source;
  }

  /** Where the rows of its raw series are wanted. */
  #rawOf(source: SourceNode): RawRows | undefined {
    const { plan, rowStreams } = this.#options;
    const store = plan.nodes.find(node => node.kind === 'store' && node.input === source.id);
    if (store === undefined || !rowStreams.includes(store.id)) return undefined;
    const raw = new RawRows(store.id, source);
    this.#raw.set(store.id, raw);
    return raw;
  }

  #addFilter(node: Extract<PlanNode, { kind: 'filter' }>): void {
    const input = this.#view(node.input);
    const mask = input.frame.addSlot();
    this.#addOperator(node, input, [mask], undefined);
    this.#views.set(node.id, new BuiltView({ frame: input.frame, mask, fields: input.fields, parent: input.slots }));
  }

  #addSelect(node: SelectNode): void {
    const input = this.#view(node.input);
    const { frame, mask } = input;
    const view = new BuiltView({ frame, mask, fields: node.fields, parent: undefined });
    for (const name of frame.keys.fields) view.slots.set(name, slotOf(input, name));
    for (const field of node.fields) view.slots.set(field.name, slotOf(input, field.column));
    this.#views.set(node.id, view);
  }

  #addColumns(node: OperatorNode, names: readonly string[]): void {
    const input = this.#view(node.input);
    const slots = names.map(() => input.frame.addSlot());
    names.forEach((name, i) => input.slots.set(name, slots[i]!));
    this.#addOperator(node, input, slots, undefined);
  }

  #addFrame(node: Extract<OperatorNode, { kind: 'rekey' | 'tumbling-window' | 'hopping-window' }>): void {
    const input = this.#view(node.input);
    const source = this.#sourceOf.get(input.frame)!;
    const keys = node.kind === 'rekey' ? this.#rekeyed(node) : input.frame.keys;
    const next = new FramePipeline(node.id, keys);
    this.#sourceOf.set(next, source);
    const fields = node.kind === 'rekey' ? node.fields : paneRowFields(keyFieldsOf(input), node.aggregates);
    this.#addFrameView(node.id, next, fields);
    const operator = this.#addOperator(node, input, [], next);
    this.#activityOf.set(next, this.#activityBehind(operator, input.frame));
    if (!(operator instanceof Rekey)) return;
    source.addArrivalDriven(operator, next);
    next.isOfSites = true;
    this.tables.set(keys, { id: node.id, keys, source: undefined, operators: [] });
    for (const pipeline of this.#sourceOf.keys()) {
      if (this.#sourceOf.get(pipeline) === source && pipeline !== next) pipeline.hasRekey = true;
    }
  }

  #addFrameView(id: string, pipeline: FramePipeline, fields: readonly Field[]): void {
    const view = new BuiltView({ frame: pipeline, mask: undefined, fields, parent: undefined });
    for (const field of fields) view.slots.set(field.name, pipeline.addSlot());
    this.#views.set(id, view);
  }

  #addOperator(
    node: OperatorNode,
    input: BuiltView,
    outputSlots: readonly number[],
    next: FramePipeline | undefined,
  ): Operator {
    const { symbols } = this.#options;
    const source = this.#sourceOf.get(input.frame)!;
    const operator = createOperator(node, {
      input,
      symbols,
      alerts: this.#alerts,
      outputSlots,
      keys: input.frame.keys,
      outputKeys: next?.keys ?? input.frame.keys,
      downstream: next ?? input.frame,
      clock: this.#activityOf.get(input.frame)!,
      arrivalTimers: source.timers,
      isOfSourceKeys: source.pipeline.keys === input.frame.keys,
      silence: source.silence,
      hasSeen: keyId => source.pipeline.keys !== input.frame.keys || source.hasSeen(keyId),
    });
    this.operators.set(node.id, operator);
    this.#frameOf.set(operator, input.frame);
    this.tables.get(input.frame.keys)!.operators.push(operator);
    if (operator.listener !== undefined) this.#sourceOf.get(input.frame)!.addListener(operator.listener, input.frame);
    input.frame.addOperator(operator, next);
    return operator;
  }

  /** A key with an open pane has rows to come, unless only its own events would close it (`idle never`). */
  #activityBehind(operator: Operator, frame: FramePipeline): ActivityClock {
    const before = this.#activityOf.get(frame)!;
    const { quietUs } = this.#sourceOf.get(frame)!.clock;
    if (operator instanceof Rekey) {
      return {
        lastArrivalUs: site => operator.lastArrivalUs(site),
        activeUs: before.activeUs,
        isPending: site => operator.hasWaiting(site),
        sourceKeysOf: site => operator.sourceKeysOf(site),
      };
    }
    const window = operator as TumblingWindow | HoppingWindow;
    return {
      ...before,
      isPending: keyId => quietUs < Infinity && (before.isPending(keyId) || window.hasOpenPane(keyId)),
    };
  }

  #rekeyed(node: RekeyNode): KeyDictionary {
    return new KeyDictionary(
      node.by.map(name => fieldOf(node.fields, name)),
      this.#options.symbols,
    );
  }

  #view(id: string): BuiltView {
    const view = this.#views.get(id);
    assert(view !== undefined, `the plan has no node ${id} before its use`);
    return view;
  }
}

function keyFieldsOf(view: BuiltView): Field[] {
  const { keys } = view.frame;
  return keys.fields.map((name, i) => ({ name, type: keys.columns[i]!.type }));
}

function fieldOf(fields: readonly Field[], name: string): Field {
  const field = fields.find(candidate => candidate.name === name);
  assert(field !== undefined, `there is no field ${name}`);
  return field;
}

function slotOf(view: BuiltView, name: string): number {
  const slot = view.slots.get(name);
  assert(slot !== undefined, `the view has no column ${name}`);
  return slot;
}
