import {
  addedColumns,
  type AlertsNode,
  type ComputeNode,
  type Field,
  type FilterNode,
  type MatchNode,
  type MergeNode,
  type Plan,
  type PlanNode,
  type RekeyNode,
  type RuleNode,
  type SelectNode,
  type SideNode,
  SILENT,
  type SilenceNode,
  type SourceNode,
  type TableNode,
  type WindowNode,
} from '../../dsl/plan.ts';
import { neededFields, type Rejection, type SymbolTable } from '../batch.ts';
import type { ArrivalClock } from '../connector.ts';
import { assert } from '../errors.ts';
import type { AlertChange, AlertSink, Frame, Operator, RowsOperator, View } from '../operator.ts';
import type { Functions } from '../functions/own-functions.ts';
import { createTested } from '../operators/compute.ts';
import { createOperator, type NodeContext, type OperatorNode } from '../operators/index.ts';
import type { RunObserver } from '../operators/run-observer.ts';
import { maskOf } from '../operators/mask.ts';
import { matchRowFields } from '../operators/match.ts';
import { EARLY_COLUMN, paneRowFields, REVISION_COLUMN } from '../operators/pane-rows.ts';
import { Rekey } from '../operators/rekey.ts';
import type { ActivityClock } from '../operators/rekey/activity-clock.ts';
import { joinedFields, type JoinNode } from '../operators/join/joined-output.ts';
import { FilterIndex } from '../operators/filter-index.ts';
import { createRule } from '../operators/rule.ts';
import { RuleIndex } from '../operators/rule-index.ts';
import type { Guard } from '../operators/row-index/guard.ts';
import { Silence } from '../operators/silence.ts';
import { slotOf } from '../operators/slot-of.ts';
import { KeyDictionary } from '../state/key-dictionary.ts';
import { TableReplica } from '../state/table-replica.ts';
import type { SilentKeys } from '../state/silent-keys.ts';
import { DEFAULT_MAX_KEYS, KeyLimit } from '../state/key-limit.ts';
import type { IsOwned, StateTable } from './checkpoint/engine-state.ts';
import { AlertFeed } from './alert-feed.ts';
import { AlertSuppression, type SuppressedRule } from './alert-suppression.ts';
import type { RuleInPlace } from './asked-alerts.ts';
import { FoundRows } from './found-rows.ts';
import { FramePipeline } from './frame-pipeline.ts';
import { IndexedFilters } from './indexed-filters.ts';
import { IndexedRules } from './indexed-rules.ts';
import { KeyClock } from './key-clock.ts';
import { MergeInput } from './merge/merge-input.ts';
import { mergedFields } from './merge/merged-rows.ts';
import { MergedStream } from './merge/merged-stream.ts';
import type { OperatorTimes } from './metrics/operator-times.ts';
import { RawRows } from './raw-rows.ts';
import { type RowColumns, type RowShape, RowTap } from './row-batch.ts';
import { revisedBy } from './revision/revised-by.ts';
import { RevisedSites } from './revision/revised-sites.ts';
import { isRevised, type RevisedWindow } from './revision/revision-slice.ts';
import { RuleOrigins } from './rule-origins.ts';
import { alertsSource, sideSource } from './side-source.ts';
import { SourceStream } from './source-stream.ts';
import type { Timeline } from './timeline.ts';
import { BuiltView, renamedSlots } from './view-slots.ts';
import { WaitingSuppressions } from './waiting-suppressions.ts';
import { PlanReaders } from './workers/plan-readers.ts';

/** What gives an entry that only moves time where something waits for that. */
const TELL_IF_ASKED: ReadonlySet<PlanNode['kind']> = new Set(['match', 'interval-join', 'latest-join']);
const NEVER_IDLE_ACTIVE_US = 30_000_000; // MEANING.md 6

export type BuildOptions = {
  readonly plan: Plan;
  readonly symbols: SymbolTable;
  readonly arrivalClockOf: (stream: string) => ArrivalClock | 'admitted';
  readonly rowStreams: readonly string[];
  /** Of each source. Default 2,000,000. */
  readonly maxKeys?: number | undefined;
  /** Which keys' messages come here. Default: all. */
  readonly isOwned?: IsOwned | undefined;
  /** Default: operators are not timed. */
  readonly times?: OperatorTimes | undefined;
  /** That expressions may call. Default: those of the language. */
  readonly functions?: Functions | undefined;
  readonly onAlert: (change: AlertChange) => void;
  readonly observer?: RunObserver | undefined;
  readonly onRows: (rows: RowColumns, shape: RowShape) => void;
  readonly onRejected: (rejection: Rejection) => void;
};

export type Built = {
  readonly sources: ReadonlyMap<string, SourceStream>;
  /** What sources leave aside, by the id of its node. */
  readonly sides: ReadonlyMap<string, SourceStream>;
  /** By the id of its node. */
  readonly merges: ReadonlyMap<string, MergedStream>;
  /** By rekey. */
  readonly revisedSites: ReadonlyMap<string, RevisedSites>;
  readonly operators: ReadonlyMap<string, Operator>;
  readonly tables: readonly StateTable[];
  /** What is known of tables behind each source. */
  readonly replicas: readonly TableReplica[];
  /** Of the streams whose rows go out. */
  readonly shapes: ReadonlyMap<string, RowShape>;
  /** Sources of which so much waits for others that they are not to be read on. */
  fullSources(): readonly string[];
  /** Takes an operator or a merge out, whose readers are taken out as well; its state goes with it. */
  remove(nodeId: string): void;
};

/** Makes the operators of a plan and connects them, node by node in the plan's order. */
export function build(options: BuildOptions): Built {
  const builder = new Builder(options);
  for (const node of options.plan.nodes) builder.add(node);
  builder.addIndexes();
  builder.addSuppressions();
  for (const stream of options.rowStreams) builder.addRows(stream);
  const { sources, sides, merges, revisedSites, operators, tables, shapes } = builder;
  return {
    sources,
    sides,
    merges,
    revisedSites,
    operators,
    tables: [...tables.values()],
    replicas: [...builder.replicas.values()].flatMap(replicas => [...replicas.values()]),
    shapes,
    fullSources: () => builder.fullSources(),
    remove: id => builder.remove(id),
  };
}

class Builder {
  readonly sources = new Map<string, SourceStream>();
  readonly sides = new Map<string, SourceStream>();
  readonly merges = new Map<string, MergedStream>();
  readonly revisedSites = new Map<string, RevisedSites>();
  readonly operators = new Map<string, Operator>();
  readonly tables = new Map<KeyDictionary, StateTable & { readonly operators: Operator[] }>();
  readonly shapes = new Map<string, RowShape>();
  readonly #options: BuildOptions;
  readonly #views = new Map<string, BuiltView>();
  readonly #timelineOf = new Map<FramePipeline, Timeline>();
  readonly #mergeInputs = new Map<string, readonly MergeInput[]>(); // by merge
  readonly #rekeyOf = new Map<KeyDictionary, Rekey>(); // by the keys of its sites
  readonly #frameOf = new Map<Operator, FramePipeline>();
  /** Whose frames have an entry whenever an event has moved time, whatever else is behind them. */
  readonly #tellTime = new Set<FramePipeline>();
  readonly #activityOf = new Map<FramePipeline, ActivityClock>();
  readonly #raw = new Map<string, RawRows>(); // by store node
  readonly replicas = new Map<Timeline, Map<string, TableReplica>>();
  readonly #early = new Map<string, EarlySlots>(); // by window with early rows, and by filter of its rows
  readonly #earlyRows = new Map<string, EarlySlots>(); // by select that shows them to sinks, and to nobody else
  readonly #earlyFilters = new Map<string, Operator>(); // by filter node
  readonly #feeds: AlertFeed[] = [];
  readonly #suppressions = new Map<string, AlertSuppression>(); // by rule
  readonly #waiting = new Map<Timeline, WaitingSuppressions>();
  readonly #askingOf = new Map<string, AlertSuppression[]>(); // by the rule that is asked of
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #readers: PlanReaders;
  readonly #indexed: IndexedRules;
  readonly #indexes = new Map<string, RuleIndex>(); // by view
  readonly #indexedFilters: IndexedFilters;
  readonly #filterIndexes = new Map<string, FilterIndex>(); // by view
  readonly #origins: RuleOrigins;
  readonly #alerts: AlertSink;

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#nodes = new Map(options.plan.nodes.map(node => [node.id, node]));
    this.#readers = new PlanReaders(options.plan);
    this.#indexed = new IndexedRules(options.plan, { ...options, readers: this.#readers });
    this.#indexedFilters = new IndexedFilters(options.plan, { ...options, readers: this.#readers });
    this.#origins = new RuleOrigins(options.plan, this.#readers, id => this.#view(id));
    this.#alerts = {
      emit: (change, at) => {
        const suppression = this.#suppressions.get(change.rule);
        if (suppression === undefined) options.onAlert(change);
        else suppression.hold(change, at);
        for (const asking of this.#askingOf.get(change.rule) ?? []) asking.see(change, at);
        for (const feed of this.#feeds) feed.take(change, at);
      },
      reconsider: ({ rule, key }, at) => this.#suppressions.get(rule)?.reconsider(key, at),
    };
  }

  add(node: PlanNode): void {
    switch (node.kind) {
      case 'source':
        this.sources.set(
          node.id,
          this.#addSource(node, { arrivalClock: this.#options.arrivalClockOf(node.id), clocksOf: [node.id] }),
        );
        return;
      case 'side':
        return this.#addSide(node);
      case 'merge':
        return this.#addMerge(node);
      case 'silence':
        return this.#addSilence(node);
      case 'alerts':
        return this.#addAlerts(node);
      case 'select':
        return this.#addSelect(node);
      case 'table':
      case 'route':
      case 'store':
        return;
      case 'filter':
        return this.#addFilter(node);
      case 'interval-join':
      case 'latest-join':
      case 'rekey':
      case 'tumbling-window':
      case 'hopping-window':
      case 'session-window':
      case 'state-window':
      case 'count-window':
      case 'match':
        return this.#addFrame(node);
      case 'compute':
        return this.#addCompute(node);
      case 'history':
      case 'detector':
      case 'range':
      case 'lookup':
        return this.#addColumns(node);
      case 'rule':
        return this.#addRule(node);
    }
  }

  fullSources(): string[] {
    const full = [...this.merges].flatMap(([id, merge]) => {
      const { isFull } = merge;
      if (!isFull.includes(true)) return [];
      const { inputs } = this.#nodeOf(id) as MergeNode; // as: its own
      return inputs.flatMap(({ input }, i) => (isFull[i]! ? this.#readers.sourcesOf(this.#nodeOf(input)) : []));
    });
    const waiting = [...this.#feeds, ...this.#suppressions.values()].flatMap(each => each.full);
    return [...waiting.flatMap(id => this.#readers.sourcesOf(this.#nodeOf(id))), ...full];
  }

  remove(nodeId: string): void {
    if (this.merges.has(nodeId)) return this.#removeMerge(nodeId);
    const operator = this.operators.get(nodeId)!;
    const frame = this.#frameOf.get(operator)!;
    frame.remove(operator);
    if (operator.node.kind === 'rule') this.#indexes.get(operator.node.input)?.remove(operator);
    if (operator.node.kind === 'filter') this.#filterIndexes.get(operator.node.input)?.remove(operator);
    const earlyFilter = this.#earlyFilters.get(nodeId);
    if (earlyFilter !== undefined) frame.remove(earlyFilter);
    const timeline = this.#timelineOf.get(frame)!;
    timeline.removeArrivalDriven(operator);
    if (operator.listener !== undefined) timeline.removeListener(operator.listener);
    if (operator instanceof Rekey) (this.#rekeyOf.get(frame.keys) ?? timeline).rekeys.remove(operator);
    this.operators.delete(nodeId);
    const { operators } = this.tables.get(frame.keys)!;
    operators.splice(operators.indexOf(operator), 1);
    if (operator.node.kind === 'rule') this.#removeSuppression(operator.node);
  }

  /** When all rules are there, and all columns that they read. */
  addIndexes(): void {
    for (const [viewId, index] of this.#indexes) this.#view(viewId).frame.addOperator(index, undefined);
  }

  /** When all rules are there. */
  addSuppressions(): void {
    for (const node of this.#options.plan.nodes) {
      if (node.kind !== 'rule' || node.suppress === undefined) continue;
      const rule = this.#inPlace<SuppressedRule>({ ...node, suppress: node.suppress });
      const asked = new Set(node.suppress.alerts.map(alert => alert.rule));
      const others = [...asked].map(id => this.#nodeOf(id) as RuleNode); // as: the plan is valid
      const clocks = new Map([node, ...others].map(each => this.#timelineOfRule(each)));
      const suppression = new AlertSuppression({
        rule,
        keyFields: this.#view(node.input).frame.keys.fields,
        asked: others.map(other => this.#inPlace(other)),
        clocks,
        waiting: [...clocks.values()].map(clock => this.#waitingOn(clock)),
        functions: this.#options.functions,
        tell: this.#options.onAlert,
      });
      this.#suppressions.set(node.name, suppression);
      for (const { name } of others) this.#askingOf.set(name, [...(this.#askingOf.get(name) ?? []), suppression]);
      this.#firstSourceOf(node).addSuppression(suppression);
    }
  }

  #waitingOn(clock: Timeline): WaitingSuppressions {
    let waiting = this.#waiting.get(clock);
    if (waiting === undefined) {
      waiting = new WaitingSuppressions();
      this.#waiting.set(clock, waiting);
      clock.addFollower(waiting);
    }
    return waiting;
  }

  #removeMerge(nodeId: string): void {
    for (const input of this.#mergeInputs.get(nodeId)!) this.#frameOf.get(input)!.remove(input);
    this.merges.get(nodeId)!.stop();
    this.merges.delete(nodeId);
  }

  /** Rows of this stream go out, or those of the series that a store node is for. */
  addRows(id: string): void {
    const node = this.#nodes.get(id);
    if (node?.kind !== 'store') return this.#addTap(id, id);
    const raw = this.#raw.get(id);
    if (raw === undefined) return this.#addTap(id, node.input);
    this.shapes.set(id, raw.shape);
  }

  #addTap(stream: string, viewId: string): void {
    const view = this.#view(viewId);
    const { frame, fields } = view;
    const { onRows } = this.#options;
    const early = this.#earlyRows.get(viewId);
    const shown = fields.filter(field => !frame.keys.fields.includes(field.name) && !field.name.startsWith('#'));
    const slots = shown.map(field => slotOf(view, field.name));
    const isSeries = stream !== viewId; // which has a field of its own for the revision
    if (early !== undefined && !isSeries) {
      shown.push({ name: 'revision', type: 'int' });
      slots.push(early.revision);
    }
    const tap = new RowTap({
      stream,
      slots,
      keys: frame.keys,
      revision: isSeries ? early?.revision : undefined,
      carried: frame instanceof FoundRows && view.mask === undefined ? frame.carried : undefined,
    });
    const shape: RowShape = {
      key: keyFieldsOf(view),
      fields: shown,
      ...(early === undefined || isSeries ? {} : { hasRevisions: true }),
    };
    this.shapes.set(stream, shape);
    frame.addTap(current => {
      const mask = maskOf(current, view);
      const rows = tap.rowsOf(current, early === undefined ? mask : withEarly(current, mask, early.mask));
      if (rows !== undefined) onRows(rows, shape);
    });
  }

  #addSide(node: SideNode): void {
    const source = this.#nodeOf(node.input) as SourceNode; // as: the plan is valid
    const side = this.#addSource(sideSource(node, source), { arrivalClock: 'admitted', clocksOf: [source.id] });
    this.sides.set(node.id, side);
    this.sources.get(node.input)!.addSide(node, side);
  }

  #addAlerts(node: AlertsNode): void {
    const { plan, symbols } = this.#options;
    const ids = this.#readers.sourcesOf(node);
    const nodes = ids.map(id => this.#nodeOf(id) as SourceNode); // as: the plan is valid
    const stream = this.#addSource(alertsSource(node, nodes), { arrivalClock: 'admitted', clocksOf: ids });
    const rules = plan.nodes.filter(other => other.kind === 'rule');
    const read = rules.filter(rule => node.rules.includes(rule.id));
    const clocks = new Map<string, Timeline>([
      ...ids.map(id => [id, this.sources.get(id)!] as const),
      ...read.map(rule => this.#timelineOfRule(rule)),
    ]);
    const clockOf = (rule: RuleNode) => this.#timelineOfRule(rule)[0];
    const feed = new AlertFeed({ node, rules, clocks, clockOf, symbols, stream });
    this.sides.set(node.id, stream);
    this.#feeds.push(feed);
    stream.attach(feed);
    for (const clock of clocks.values()) clock.addFollower(feed);
  }

  #inPlace<Node extends RuleNode>(node: Node): RuleInPlace<Node> {
    return { node, operator: this.operators.get(node.id)!, source: this.#timelineOfRule(node)[0] };
  }

  #removeSuppression(node: RuleNode): void {
    const own = this.#suppressions.get(node.name);
    if (own !== undefined) {
      own.close();
      this.#suppressions.delete(node.name);
      this.#firstSourceOf(node).removeSuppression(own);
    }
    for (const asking of this.#askingOf.get(node.name) ?? []) asking.lose(node.id);
  }

  /** What waits of a rule is saved with it. */
  #firstSourceOf(node: PlanNode): SourceStream {
    return this.sources.get(this.#readers.sourcesOf(node)[0]!)!;
  }

  /** With its id: a source's, or that of a merge. */
  #timelineOfRule({ input }: RuleNode): readonly [id: string, timeline: Timeline] {
    const timeline = this.#timelineOf.get(this.#view(input).frame)!;
    return [timeline.pipeline.id, timeline];
  }

  #addMerge(node: MergeNode): void {
    const { symbols, times } = this.#options;
    const pipeline = new FramePipeline(node.id, new KeyDictionary(node.key, symbols), times);
    const views = node.inputs.map(({ input }) => this.#view(input));
    const sources = this.#readers.sourcesOf(node);
    const merged = new MergedStream({
      node,
      inputs: node.inputs.map(({ latenessUs }, i) => {
        return { latenessUs, timeline: this.#timelineOf.get(views[i]!.frame)! };
      }),
      pipeline,
      sources,
      expireUs: longestExpireUs(sources.map(id => this.#nodeOf(id) as SourceNode)), // as: the plan is valid
    });
    const inputs = views.map((view, place) => {
      const tellsTime = this.#tellTime.has(view.frame);
      return new MergeInput({ node, place, view, keys: view.frame.keys, merged, tellsTime });
    });
    inputs.forEach((input, place) => {
      views[place]!.frame.addOperator(input, undefined);
      this.#frameOf.set(input, views[place]!.frame);
    });
    this.merges.set(node.id, merged);
    this.#mergeInputs.set(node.id, inputs);
    this.#addTimeline(node.id, merged, {
      lastArrivalUs: keyId => merged.lastArrivalUs(keyId),
      isIdle: () => false,
      watermarkUs: (keyId, atUs) => merged.watermarkUs(keyId, atUs),
      activeUs: merged.quietUs === Infinity ? NEVER_IDLE_ACTIVE_US : merged.quietUs,
      isPending: keyId => merged.hasWaiting(keyId),
      hasRuns: false,
      sourceKeysOf: keyId => [keyId],
    });
    this.#addFrameView(node.id, pipeline, mergedFields(node));
  }

  #addTimeline(id: string, timeline: Timeline, activity: ActivityClock): void {
    const { pipeline } = timeline;
    const { keys } = pipeline;
    const hasSeen = (keyId: number) => timeline.hasSeen(keyId);
    this.tables.set(keys, { id, keys, source: timeline, hasSeen, isOfSingleKeys: true, operators: [] });
    this.#timelineOf.set(pipeline, timeline);
    this.#activityOf.set(pipeline, activity);
  }

  #addSource(
    node: SourceNode,
    arrivals: { readonly arrivalClock: ArrivalClock | 'admitted'; readonly clocksOf: readonly string[] },
  ): SourceStream {
    const fields = neededFields(node);
    const keyFields = node.key.map(name => fieldOf(fields, name));
    const { symbols, maxKeys = DEFAULT_MAX_KEYS, times } = this.#options;
    const keyLimit = new KeyLimit(maxKeys, symbols);
    const pipeline = new FramePipeline(node.id, new KeyDictionary(keyFields, symbols, keyLimit), times);
    const clock = new KeyClock(node);
    const raw = this.#rawOf(node);
    const source = new SourceStream({
      node,
      clock,
      pipeline,
      symbols,
      keyLimit,
      ...arrivals,
      onRejected: this.#options.onRejected,
      raw,
      onRaw: rows => this.#options.onRows(rows, raw!.shape),
      revised: this.#revisedBy(node.id, null),
    });
    this.#tellTime.add(pipeline);
    this.#addTimeline(node.id, source, {
      lastArrivalUs: keyId => clock.lastArrivalUs(keyId),
      isIdle: () => false,
      watermarkUs: (keyId, atUs) => clock.watermarkUs(keyId, atUs),
      activeUs: clock.quietUs === Infinity ? NEVER_IDLE_ACTIVE_US : clock.quietUs,
      isPending: () => false,
      hasRuns: true,
      sourceKeysOf: keyId => [keyId],
    });
    this.#addFrameView(node.id, pipeline, fields);
    return source;
  }

  /** Windows that late events of the source revise: by its own keys, or by those of a rekey. */
  #revisedBy(sourceId: string, rekeyId: string | null): readonly RevisedWindow[] {
    return this.#options.plan.nodes.filter(isRevised).filter(node => {
      const by = revisedBy(node, this.#readers);
      return by?.source.id === sourceId && (by.rekey?.id ?? null) === rekeyId;
    });
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

  #addFilter(node: FilterNode): void {
    const input = this.#view(node.input);
    const early = this.#early.get(node.input);
    const guard = early === undefined ? this.#indexedFilters.guardOf(node) : undefined;
    if (guard !== undefined) return this.#addFoundFilter(node, input, guard);
    const mask = input.frame.addSlot();
    this.#addOperator(node, input, [mask], undefined);
    this.#views.set(node.id, new BuiltView({ frame: input.frame, mask, fields: input.fields, parent: input.slots }));
    if (early !== undefined) this.#addEarlyFilter(node, input, early);
  }

  /** In the index of its view. */
  #addFoundFilter(node: FilterNode, input: BuiltView, guard: Guard): void {
    const index = this.#filterIndexOf(node, input);
    if (!this.#indexedFilters.isReadForRows(node)) {
      const slot = input.frame.addSlot();
      this.#register(index.add(node, { guard, output: { kind: 'mask', slot } }), input);
      const { frame, fields, slots } = input;
      this.#views.set(node.id, new BuiltView({ frame, mask: slot, fields, parent: slots }));
      return;
    }
    const { keys } = input.frame;
    const next = new FoundRows(node.id, { keys, times: this.#options.times, from: input.slots });
    this.#timelineOf.set(next, this.#timelineOf.get(input.frame)!);
    this.#activityOf.set(next, this.#activityOf.get(input.frame)!);
    const view = { frame: next, mask: undefined, fields: input.fields, parent: next.slots };
    this.#views.set(node.id, new BuiltView(view));
    this.#register(index.add(node, { guard, output: { kind: 'frame', next } }), input);
  }

  #filterIndexOf({ input: viewId }: FilterNode, input: BuiltView): FilterIndex {
    let index = this.#filterIndexes.get(viewId);
    if (index === undefined) {
      const made = new FilterIndex(this.#contextOf(input, [], input.frame));
      this.#filterIndexes.set(viewId, (index = made));
      input.frame.addOperator(made, undefined);
      input.frame.addTap(frame => made.giveOut(frame));
    }
    return index;
  }

  /** The same condition asked of early rows. It has no state, and nobody reads its rows but taps. */
  #addEarlyFilter(node: FilterNode, { frame, slots }: BuiltView, early: EarlySlots): void {
    const mask = frame.addSlot();
    const operator = createOperator(node, this.#contextOf({ frame, slots, mask: early.mask }, [mask], frame));
    frame.addOperator(operator, undefined);
    this.#earlyFilters.set(node.id, operator);
    this.#early.set(node.id, { ...early, mask });
  }

  #addSelect(node: SelectNode): void {
    const input = this.#view(node.input);
    const { frame, mask } = input;
    const names = new Map(frame.keys.fields.map(name => [name, name]));
    for (const { name, column } of node.fields) names.set(name, column);
    const parent = renamedSlots(input.slots, names);
    const early = this.#early.get(node.input);
    if (early !== undefined) this.#earlyRows.set(node.id, early);
    this.#views.set(node.id, new BuiltView({ frame, mask, fields: node.fields, parent }));
  }

  #addColumns(node: OperatorNode): void {
    const input = this.#view(node.input);
    const names = addedColumns(node);
    const slots = names.map(() => input.frame.addSlot());
    names.forEach((name, i) => input.slots.set(name, slots[i]!));
    this.#addOperator(node, input, slots, undefined);
  }

  #addCompute(node: ComputeNode): void {
    const input = this.#view(node.input);
    if (!this.#indexed.isTestedOnly(node, input)) return this.#addColumns(node);
    this.#register(createTested(node, this.#contextOf(input, [], input.frame)), input);
  }

  #addRule(node: RuleNode): void {
    const input = this.#view(node.input);
    const plan = this.#indexed.planOf(node, input);
    if (!plan.guardOf.has(node)) return this.#addColumns(node);
    const context = this.#contextOf(input, [], input.frame);
    let index = this.#indexes.get(node.input);
    if (index === undefined) this.#indexes.set(node.input, (index = new RuleIndex(plan, context)));
    this.#register(
      index.add(node, seat => createRule(node, { ...context, seat })),
      input,
    );
  }

  #addFrame(node: RekeyNode | WindowNode | MatchNode | JoinNode): void {
    const input = this.#view(node.input);
    const timeline = this.#timelineOf.get(input.frame)!;
    const keys = node.kind === 'rekey' ? this.#rekeyed(node) : input.frame.keys;
    const next = new FramePipeline(node.id, keys, this.#options.times);
    this.#timelineOf.set(next, timeline);
    if (!TELL_IF_ASKED.has(node.kind) && this.#tellTime.has(input.frame)) this.#tellTime.add(next);
    this.#addFrameView(node.id, next, rowFieldsOf(node, keyFieldsOf(input)));
    if ('emitEveryUs' in node && node.emitEveryUs !== undefined) {
      const { slots } = this.#view(node.id);
      this.#early.set(node.id, { mask: slots.get(EARLY_COLUMN)!, revision: slots.get(REVISION_COLUMN)! });
    }
    const operator = this.#addOperator(node, input, [], next);
    this.#activityOf.set(next, this.#activityBehind(operator, input.frame));
    if (!(operator instanceof Rekey)) return;
    timeline.addArrivalDriven(operator, next);
    (this.#rekeyOf.get(input.frame.keys) ?? timeline).rekeys.add(operator);
    this.#rekeyOf.set(keys, operator);
    next.isOfSites = true;
    const rest = { source: undefined, hasSeen: () => true, isOfSingleKeys: false };
    this.tables.set(keys, { id: node.id, keys, ...rest, operators: [] });
    if (node.kind === 'rekey') this.#addRevisedSites(node, operator, keys);
    for (const pipeline of this.#timelineOf.keys()) {
      if (this.#timelineOf.get(pipeline) === timeline && pipeline !== next) pipeline.hasRekey = true;
    }
  }

  #addRevisedSites(node: RekeyNode, rekey: Rekey, sites: KeyDictionary): void {
    const [sourceId] = this.#readers.sourcesOf(node);
    const windows = this.#revisedBy(sourceId!, node.id);
    if (windows.length === 0) return;
    const source = this.sources.get(sourceId!)!;
    const columns = neededFields(this.#nodeOf(sourceId!) as SourceNode).map(({ name }) => name); // as: it has a stream
    const { operators } = this;
    const revised = new RevisedSites(node, { source, rekey, sites, operators, columns, windows });
    source.addRevisedSites(revised);
    this.revisedSites.set(node.id, revised);
  }

  /** Its keys are its own: those that are watched, whether they were seen or not. */
  #addSilence(node: SilenceNode): void {
    const input = this.#view(node.input);
    const source = this.sources.get(node.input)!;
    const { symbols, isOwned = () => true } = this.#options;
    const keyFields = keyFieldsOf(input);
    const keys = new KeyDictionary(keyFields, symbols);
    const next = new FramePipeline(node.id, keys, this.#options.times);
    this.#timelineOf.set(next, source);
    this.#activityOf.set(next, this.#activityOf.get(input.frame)!);
    const table = node.expectedBy === null ? null : this.#replica(node.expectedBy, source);
    const silence = new Silence(node, { keys, sourceKeys: input.frame.keys, symbols, behind: next, table, isOwned });
    const hasSeen = (keyId: number) => silence.isWatched(keyId);
    this.tables.set(keys, {
      id: node.id,
      keys,
      source: undefined,
      hasSeen,
      isOfSingleKeys: true,
      operators: [silence],
    });
    this.operators.set(node.id, silence);
    this.#frameOf.set(silence, next);
    next.addOperator(silence, undefined);
    this.#addFrameView(node.id, next, [...keyFields, { name: SILENT, type: 'bool' }]);
    source.addArrivalDriven(silence, next);
    source.addArrivalListener(node.id, silence, next);
    if (silence.listener !== undefined) source.addListener(silence.listener, next);
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
    const context = this.#contextOf(input, outputSlots, next ?? input.frame);
    const operator = createOperator(node, context);
    this.#register(operator, input);
    input.frame.addOperator(operator, next);
    return operator;
  }

  /** What it has of its own is part of the state, whoever gives it its frames. */
  #register(operator: Operator, { frame }: BuiltView): void {
    this.operators.set(operator.node.id, operator);
    this.#frameOf.set(operator, frame);
    this.tables.get(frame.keys)!.operators.push(operator);
    if (operator.listener !== undefined) this.#timelineOf.get(frame)!.addListener(operator.listener, frame);
  }

  #contextOf(
    input: View & { readonly frame: FramePipeline },
    outputSlots: readonly number[],
    downstream: FramePipeline,
  ): NodeContext {
    const { symbols, functions } = this.#options;
    const { frame } = input;
    const clock = this.#activityOf.get(frame)!;
    const { keys } = frame;
    const timeline = this.#timelineOf.get(frame)!;
    return {
      input,
      symbols,
      functions,
      alerts: this.#alerts,
      outputSlots,
      keys,
      outputKeys: downstream.keys,
      downstream,
      clock,
      tableOf: id => this.#replica(id, timeline),
      arrivalTimers: timeline.timers,
      observer: this.#options.observer,
      originOf: rule => this.#origins.of(rule),
      isOfSourceKeys: timeline.pipeline.keys === keys,
      silence: this.#silenceOf(keys, timeline),
      hasSeen: keyId => timeline.pipeline.keys !== keys || timeline.hasSeen(keyId),
    };
  }

  #silenceOf(keys: KeyDictionary, timeline: Timeline): SilentKeys | null {
    return timeline.pipeline.keys === keys ? timeline.silence : (this.#rekeyOf.get(keys)?.silence ?? null);
  }

  /** Each source has its own, and each merge, since each is somewhere else in the order of arrival. */
  #replica(id: string, timeline: Timeline): TableReplica {
    const replicas = this.replicas.get(timeline) ?? new Map<string, TableReplica>();
    this.replicas.set(timeline, replicas);
    let replica = replicas.get(id);
    if (replica !== undefined) return replica;
    replica = new TableReplica(this.#nodeOf(id) as TableNode, this.#options.symbols);
    replicas.set(id, replica);
    timeline.addListener(replica, timeline.pipeline);
    return replica;
  }

  /** A key with rows to come is waited for, unless only its own events would bring them (`idle never`). */
  #activityBehind(operator: Operator, frame: FramePipeline): ActivityClock {
    const before = this.#activityOf.get(frame)!;
    const { quietUs } = this.#timelineOf.get(frame)!;
    if (operator instanceof Rekey) {
      return {
        lastArrivalUs: site => operator.lastArrivalUs(site),
        isIdle: site => operator.isIdle(site),
        watermarkUs: (site, atUs) => operator.watermarkUs(site, atUs),
        activeUs: before.activeUs,
        isPending: site => operator.hasWaiting(site),
        hasRuns: false,
        sourceKeysOf: site => operator.sourceKeysOf(site),
      };
    }
    const maker = operator as RowsOperator; // the others start no frame
    return {
      ...before,
      hasRuns: false,
      watermarkUs: (keyId, atUs) => maker.watermarkUs(keyId, before.watermarkUs(keyId, atUs)),
      isPending: keyId => quietUs < Infinity && (before.isPending(keyId) || maker.hasRowsToCome(keyId)),
    };
  }

  #rekeyed(node: RekeyNode): KeyDictionary {
    return new KeyDictionary(
      node.by.map(name => fieldOf(node.fields, name)),
      this.#options.symbols,
    );
  }

  #nodeOf(id: string): PlanNode {
    return this.#nodes.get(id)!;
  }

  #view(id: string): BuiltView {
    const view = this.#views.get(id);
    assert(view !== undefined, `the plan has no node ${id} before its use`);
    return view;
  }
}

/** A key is forgotten when each of its sources would do so; Infinity: one of them never does. */
function longestExpireUs(sources: readonly SourceNode[]): number {
  return Math.max(...sources.map(({ expireUs }) => expireUs ?? Infinity));
}

/** The frame's slots of what tells early rows apart. */
type EarlySlots = { readonly mask: number; readonly revision: number };

function withEarly(frame: Frame, mask: Uint8Array | undefined, early: number): Uint8Array | undefined {
  if (mask === undefined) return undefined; // every entry is a closing row
  const isEarly = frame.columns[early]!.values as Uint8Array; // as: a mask is a bool column
  return Uint8Array.from({ length: frame.length }, (_, i) => mask[i]! | isEarly[i]!);
}

function keyFieldsOf(view: BuiltView): Field[] {
  const { keys } = view.frame;
  return keys.fields.map((name, i) => ({ name, type: keys.columns[i]!.type }));
}

/** The columns of the rows that a node makes, in the order of their frame's slots. */
function rowFieldsOf(node: RekeyNode | WindowNode | MatchNode | JoinNode, key: readonly Field[]): readonly Field[] {
  if (node.kind === 'rekey') return node.fields;
  if (node.kind === 'interval-join' || node.kind === 'latest-join') return joinedFields(key, node);
  return node.kind === 'match' ? matchRowFields(key, node) : paneRowFields(key, node);
}

function fieldOf(fields: readonly Field[], name: string): Field {
  const field = fields.find(candidate => candidate.name === name);
  assert(field !== undefined, `there is no field ${name}`);
  return field;
}
