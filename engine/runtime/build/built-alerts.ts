import type { AlertsNode, PlanNode, RuleNode } from '../../../dsl/plan.ts';
import type { AlertChange, AlertPlace, AlertSink } from '../../operator.ts';
import { AlertFeed } from '../alert-feed.ts';
import { AlertSuppression, type SuppressedRule } from '../alert-suppression.ts';
import type { RuleInPlace } from '../asked-alerts.ts';
import { alertsSource } from '../side-source.ts';
import type { SourceStream } from '../source-stream.ts';
import type { Timeline } from '../timeline.ts';
import { WaitingSuppressions } from '../waiting-suppressions.ts';
import type { Building } from './building.ts';
import type { BuiltSources } from './built-sources.ts';

/** Where changes of alerts go: out, through what suppresses them, and into the streams that read them. */
export class BuiltAlerts implements AlertSink {
  readonly #building: Building;
  readonly #sources: BuiltSources;
  readonly #feeds: AlertFeed[] = [];
  readonly #suppressions = new Map<string, AlertSuppression>(); // by rule
  readonly #waiting = new Map<Timeline, WaitingSuppressions>();
  readonly #askingOf = new Map<string, AlertSuppression[]>(); // by the rule that is asked of

  constructor(building: Building, sources: BuiltSources) {
    this.#building = building;
    this.#sources = sources;
  }

  emit(change: AlertChange, at: AlertPlace): void {
    const suppression = this.#suppressions.get(change.rule);
    if (suppression === undefined) this.#building.options.onAlert(change);
    else suppression.hold(change, at);
    for (const asking of this.#askingOf.get(change.rule) ?? []) asking.see(change, at);
    for (const feed of this.#feeds) feed.take(change, at);
  }

  reconsider({ rule, key }: Pick<AlertChange, 'rule' | 'key'>, at: AlertPlace): void {
    this.#suppressions.get(rule)?.reconsider(key, at);
  }

  addStream(node: AlertsNode): void {
    const { options, readers } = this.#building;
    const { plan, symbols } = options;
    const ids = readers.sourcesOf(node);
    const nodes = ids.map(id => this.#building.node(id, 'source'));
    const stream = this.#sources.addAdmitted(alertsSource(node, nodes), ids);
    const rules = plan.nodes.filter(other => other.kind === 'rule');
    const read = rules.filter(rule => node.rules.includes(rule.id));
    const clocks = new Map<string, Timeline>([
      ...ids.map(id => [id, this.#sources.streams.get(id)!] as const),
      ...read.map(rule => this.#timelineOf(rule)),
    ]);
    const clockOf = (rule: RuleNode) => this.#timelineOf(rule)[0];
    const feed = new AlertFeed({ node, rules, clocks, clockOf, symbols, stream });
    this.#feeds.push(feed);
    stream.attach(feed);
    for (const clock of clocks.values()) clock.addFollower(feed);
  }

  /** When all rules are there. */
  addSuppressions(): void {
    const { options, frames } = this.#building;
    for (const node of options.plan.nodes) {
      if (node.kind !== 'rule' || node.suppress === undefined) continue;
      const rule = this.#inPlace<SuppressedRule>({ ...node, suppress: node.suppress });
      const asked = new Set(node.suppress.alerts.map(alert => alert.rule));
      const others = [...asked].map(id => this.#building.node(id, 'rule'));
      const clocks = new Map([node, ...others].map(each => this.#timelineOf(each)));
      const suppression = new AlertSuppression({
        rule,
        keyFields: frames.view(node.input).frame.keys.fields,
        asked: others.map(other => this.#inPlace(other)),
        clocks,
        waiting: [...clocks.values()].map(clock => this.#waitingOn(clock)),
        functions: options.functions,
        tell: options.onAlert,
      });
      this.#suppressions.set(node.name, suppression);
      for (const { name } of others) this.#askingOf.set(name, [...(this.#askingOf.get(name) ?? []), suppression]);
      this.#firstSourceOf(node).addSuppression(suppression);
    }
  }

  /** The rule stops. */
  removeSuppression(node: RuleNode): void {
    const own = this.#suppressions.get(node.name);
    if (own !== undefined) {
      own.close();
      this.#suppressions.delete(node.name);
      this.#firstSourceOf(node).removeSuppression(own);
    }
    for (const asking of this.#askingOf.get(node.name) ?? []) asking.lose(node.id);
  }

  /** Sources of changes of which so much waits for others that they are not to be read on. */
  fullSources(): readonly string[] {
    const waiting = [...this.#feeds, ...this.#suppressions.values()].flatMap(each => each.full);
    return waiting.flatMap(id => this.#building.sourcesOf(id));
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

  #inPlace<Node extends RuleNode>(node: Node): RuleInPlace<Node> {
    const operator = this.#building.frames.operators.get(node.id)!;
    return { node, operator, source: this.#timelineOf(node)[0] };
  }

  /** What waits of a rule is saved with it. */
  #firstSourceOf(node: PlanNode): SourceStream {
    return this.#sources.streams.get(this.#building.readers.sourcesOf(node)[0]!)!;
  }

  /** With its id: a source's, or that of a merge. */
  #timelineOf({ input }: RuleNode): readonly [id: string, timeline: Timeline] {
    const { frames } = this.#building;
    const timeline = frames.timelineOf(frames.view(input).frame);
    return [timeline.pipeline.id, timeline];
  }
}
