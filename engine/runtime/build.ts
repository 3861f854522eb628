import type { PlanNode, SelectNode } from '../../dsl/plan.ts';
import type { Operator } from '../operator.ts';
import { Rekey } from '../operators/rekey.ts';
import { KeyDictionary } from '../state/key-dictionary.ts';
import type { TableReplica } from '../state/table-replica.ts';
import { activityBehind } from './build/activity.ts';
import { addSilence } from './build/add-silence.ts';
import type { BuildOptions } from './build/build-options.ts';
import { Building } from './build/building.ts';
import { BuiltAlerts } from './build/built-alerts.ts';
import { BuiltFilters } from './build/built-filters.ts';
import { BuiltMerges } from './build/built-merges.ts';
import { BuiltOperators } from './build/built-operators.ts';
import { BuiltRekeys } from './build/built-rekeys.ts';
import { BuiltRevisedSites } from './build/built-revised-sites.ts';
import { BuiltRows } from './build/built-rows.ts';
import { BuiltRules } from './build/built-rules.ts';
import { BuiltSources } from './build/built-sources.ts';
import { BuiltView, renamedSlots } from './build/built-view.ts';
import { EarlyRows } from './build/early-rows.ts';
import { fieldOf, keyFieldsOf, rowFieldsOf, type RowsNode } from './build/row-fields.ts';
import { TableReplicas } from './build/table-replicas.ts';
import type { StateTable } from './checkpoint/engine-state.ts';
import { FramePipeline } from './frame-pipeline.ts';
import type { MergedStream } from './merge/merged-stream.ts';
import type { RevisedSites } from './revision/revised-sites.ts';
import type { RowShape } from './row-batch.ts';
import type { SourceStream } from './source-stream.ts';

/** What gives an entry that only moves time where something waits for that. */
const TELL_IF_ASKED: ReadonlySet<PlanNode['kind']> = new Set(['match', 'interval-join', 'latest-join']);

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
  builder.finish();
  for (const stream of options.rowStreams) builder.addRows(stream);
  return builder.built();
}

/** Who makes which nodes. What they make is connected through frames. */
class Builder {
  readonly #building: Building;
  readonly #sources: BuiltSources;
  readonly #merges: BuiltMerges;
  readonly #replicas: TableReplicas;
  readonly #rekeys: BuiltRekeys;
  readonly #revisedSites: BuiltRevisedSites;
  readonly #alerts: BuiltAlerts;
  readonly #operators: BuiltOperators;
  readonly #early = new EarlyRows();
  readonly #filters: BuiltFilters;
  readonly #rules: BuiltRules;
  readonly #rows: BuiltRows;

  constructor(options: BuildOptions) {
    const building = new Building(options);
    this.#building = building;
    this.#sources = new BuiltSources(building);
    this.#merges = new BuiltMerges(building);
    this.#replicas = new TableReplicas(building);
    this.#rekeys = new BuiltRekeys(building.frames);
    this.#revisedSites = new BuiltRevisedSites(building, this.#sources);
    this.#alerts = new BuiltAlerts(building, this.#sources);
    const parts = { alerts: this.#alerts, rekeys: this.#rekeys, replicas: this.#replicas };
    this.#operators = new BuiltOperators(building, parts);
    this.#filters = new BuiltFilters(building, { operators: this.#operators, early: this.#early });
    this.#rules = new BuiltRules(building, this.#operators);
    this.#rows = new BuiltRows(building, { sources: this.#sources, early: this.#early });
  }

  add(node: PlanNode): void {
    switch (node.kind) {
      case 'source':
        return this.#sources.add(node);
      case 'side':
        return this.#sources.addSide(node);
      case 'merge':
        return this.#merges.add(node);
      case 'silence': {
        const source = this.#sources.streams.get(node.input)!; // as: it stands before it
        return addSilence(node, this.#building, { source, replicas: this.#replicas });
      }
      case 'alerts':
        return this.#alerts.addStream(node);
      case 'select':
        return this.#addSelect(node);
      case 'table':
      case 'route':
      case 'store':
        return;
      case 'filter':
        return this.#filters.add(node);
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
        return this.#rules.addCompute(node);
      case 'history':
      case 'detector':
      case 'range':
      case 'lookup':
        return this.#operators.addColumns(node);
      case 'rule':
        return this.#rules.add(node);
    }
  }

  /** When all nodes are there. */
  finish(): void {
    this.#rules.addIndexes();
    this.#alerts.addSuppressions();
  }

  addRows(stream: string): void {
    this.#rows.add(stream);
  }

  built(): Built {
    const { operators, tables } = this.#building.frames;
    return {
      sources: this.#sources.streams,
      sides: this.#sources.sides,
      merges: this.#merges.streams,
      revisedSites: this.#revisedSites.sites,
      operators,
      tables: [...tables.values()],
      replicas: this.#replicas.all,
      shapes: this.#rows.shapes,
      fullSources: () => [...this.#alerts.fullSources(), ...this.#merges.fullSources()],
      remove: id => this.#remove(id),
    };
  }

  #addSelect(node: SelectNode): void {
    const { frames } = this.#building;
    const input = frames.view(node.input);
    const { frame, mask } = input;
    const names = new Map(frame.keys.fields.map(name => [name, name]));
    for (const { name, column } of node.fields) names.set(name, column);
    const parent = renamedSlots(input.slots, names);
    this.#early.addSelect(node);
    frames.addView(node.id, new BuiltView({ frame, mask, fields: node.fields, parent }));
  }

  #addFrame(node: RowsNode): void {
    const { frames, options } = this.#building;
    const input = frames.view(node.input);
    const next = new FramePipeline(node.id, this.#keysOf(node, input), options.times);
    frames.addFrameView(node.id, next, rowFieldsOf(node, keyFieldsOf(input)));
    const isEarly = 'emitEveryUs' in node && node.emitEveryUs !== undefined;
    if (isEarly) this.#early.addWindow(node.id, frames.view(node.id));
    const operator = this.#operators.add(node, input, { outputSlots: [], next });
    const place = frames.placeOf(input.frame);
    const tellsTime = place.tellsTime && !TELL_IF_ASKED.has(node.kind);
    frames.addFrame(next, { ...place, activity: activityBehind(operator, place), tellsTime });
    if (!(operator instanceof Rekey)) return;
    this.#rekeys.add(operator, input.frame, next);
    this.#revisedSites.add(operator, next.keys);
  }

  #keysOf(node: RowsNode, input: BuiltView): KeyDictionary {
    if (node.kind !== 'rekey') return input.frame.keys;
    const key = node.by.map(name => fieldOf(node.fields, name));
    return new KeyDictionary(key, this.#building.options.symbols);
  }

  #remove(nodeId: string): void {
    if (this.#merges.streams.has(nodeId)) return this.#merges.remove(nodeId);
    const { frames } = this.#building;
    const operator = frames.operators.get(nodeId)!;
    const frame = frames.frameOf(operator);
    frames.remove(operator);
    this.#rules.remove(operator);
    this.#filters.remove(operator);
    if (operator instanceof Rekey) this.#rekeys.remove(operator, frame);
    if (operator.node.kind === 'rule') this.#alerts.removeSuppression(operator.node);
  }
}
