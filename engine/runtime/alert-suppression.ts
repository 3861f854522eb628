import type { RuleNode, Suppression } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import { compareTexts } from '../compare-texts.ts';
import type { Functions } from '../functions/own-functions.ts';
import { assert } from '../errors.ts';
import type { AlertChange, AlertPlace, FiringAlert, Snapshot, SnapshotValue } from '../operator.ts';
import { messageOf, type MessageParts, messageParts } from '../operators/rule/message.ts';
import { ArrivalMerge, type MergedRow } from './arrival-merge.ts';
import { AskedAlerts, type RuleInPlace } from './asked-alerts.ts';
import { alertName, SuppressCondition } from './suppress-condition.ts';
import {
  isSuppressedByOperator,
  type SuppressedAlert,
  SuppressedAlerts,
  withSuppression,
} from './suppressed-alerts.ts';
import type { Clock } from './timeline.ts';
import type { WaitingSuppressions } from './waiting-suppressions.ts';

export type SuppressedRule = RuleNode & { readonly suppress: Suppression };

/**
 * What a rule's `suppress` makes of its alerts on their way out. Each change waits until its instant of the arrival clock is behind,
 * also on the clocks of the sources whose alerts are asked of; then it has the state `suppressed` where the condition is true. Where
 * that begins or ends while an alert fires, it is told. At one instant alerts that are asked of go first. The rule itself, and who
 * reads its alerts, know nothing of it (docs/decisions/0026).
 */
export class AlertSuppression {
  readonly #rule: RuleInPlace<SuppressedRule>;
  readonly #asked: AskedAlerts;
  readonly #condition: SuppressCondition;
  readonly #message: MessageParts;
  readonly #tell: (change: AlertChange) => void;
  readonly #merge: ArrivalMerge<Waiting>;
  readonly #alerts: SuppressedAlerts;
  readonly #waiting: readonly WaitingSuppressions[]; // on each of its clocks
  #isOwnKnown = false; // whether a state that is restored says which alerts of the rule fire
  #isClosed = false;
  #isDoubtful = false; // whether conditions, or what fires, may be others than when they were last looked at

  constructor(options: {
    readonly rule: RuleInPlace<SuppressedRule>;
    readonly keyFields: readonly string[];
    readonly asked: readonly RuleInPlace[];
    /** That these rules are on: of sources, and of what merges them. */
    readonly clocks: ReadonlyMap<string, Clock>;
    /** On each of these clocks: told of what begins to wait, and advance it. */
    readonly waiting: readonly WaitingSuppressions[];
    readonly functions: Functions | undefined;
    readonly tell: (change: AlertChange) => void;
  }) {
    const { rule, asked } = options;
    this.#rule = rule;
    this.#asked = new AskedAlerts(asked);
    this.#condition = new SuppressCondition(rule.node.suppress, options.functions);
    this.#alerts = new SuppressedAlerts(this.#condition);
    this.#message = messageParts(rule.node, options.keyFields);
    this.#tell = options.tell;
    this.#merge = new ArrivalMerge(options.clocks, inOrder);
    this.#waiting = options.waiting;
  }

  get ruleId(): string {
    return this.#rule.node.id;
  }

  /** A change of an alert of the rule: it goes out when its instant is behind. */
  hold(change: AlertChange, at: AlertPlace): void {
    const own = { change, inputs: at.suppressInputs() };
    this.#wait({ source: this.#rule.source, arrivalUs: at.arrivalUs, key: keyText(change.key), asked: null, own });
  }

  /** A row says something else of one that fires. */
  reconsider(key: AlertChange['key'], at: AlertPlace): void {
    const own = { change: null, inputs: at.suppressInputs() };
    this.#wait({ source: this.#rule.source, arrivalUs: at.arrivalUs, key: keyText(key), asked: null, own });
  }

  /** Any rule's change: of those that are asked of, alerts begin and end. */
  see({ rule, key, change }: AlertChange, { arrivalUs }: AlertPlace): void {
    const isFiring = change === 'raised';
    if (!isFiring && change !== 'cleared') return;
    const asked = this.#asked.ruleNamed(rule);
    if (asked === undefined) return;
    const { node, source } = asked;
    const name = alertName(node.id, Object.values(key));
    this.#wait({ source, arrivalUs, key: name, asked: { rule: node.id, isFiring }, own: null });
  }

  /** Sources of which so much waits for others that they are not to be read on. */
  get full(): readonly string[] {
    return this.#merge.full;
  }

  get stateBytes(): number {
    return this.#alerts.size * ALERT_BYTES + this.#asked.stateBytes;
  }

  /** Whether it has something to do when a source comes further. */
  get isWaiting(): boolean {
    return !this.#isClosed && (this.#isDoubtful || !this.#merge.isEmpty);
  }

  /** A source has come further, or to its end. */
  advance(): void {
    if (!this.isWaiting) return;
    const { nowUs, furthestUs } = this.#merge;
    const due = this.#merge.take();
    if (this.#isDoubtful && nowUs > -Infinity) {
      this.#isDoubtful = false;
      this.#lookAgain(this.#alerts.keys, Math.min(due[0]?.arrivalUs ?? Infinity, nowUs, furthestUs));
    }
    for (const [atUs, happened] of Map.groupBy(due, ({ arrivalUs }) => arrivalUs)) this.#pass(happened, atUs);
  }

  /** The rule stops: what waits is told as it is. */
  close(): void {
    this.#isClosed = true;
    for (const { own, key } of this.#merge.waiting) {
      if (own !== null && own.change !== null)
        this.#tell(withSuppression(own.change, this.#alerts.get(key)?.isSuppressed === true));
    }
  }

  /** A rule stops, and with it its alerts. */
  lose(ruleId: string): void {
    if (this.#asked.lose(ruleId)) this.#doubt();
  }

  snapshot(): Snapshot {
    return {
      columns: this.#columns,
      waiting: this.#merge.waiting.map(row => ({ ...row })) as unknown as readonly SnapshotValue[], // as: plain JSON
      firing: this.#asked.snapshot(),
      alerts: this.#alerts.snapshot(),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#isOwnKnown = true;
    const columns = snapshot['columns'] as readonly string[];
    const inputsOf = (inputs: readonly Scalar[]) => this.#columns.map(name => inputs[columns.indexOf(name)] ?? null);
    this.#alerts.restore(snapshot['alerts'] as readonly SnapshotValue[], inputsOf);
    this.#asked.restore(snapshot['firing'] as Snapshot);
    const waiting = snapshot['waiting'] as unknown as readonly Waiting[]; // as: what `snapshot` gave
    for (const row of waiting) {
      const { asked, own } = row;
      if (own !== null)
        this.#merge.add({ ...row, source: this.#rule.source, own: { ...own, inputs: inputsOf(own.inputs) } });
      const rule = asked === null ? undefined : this.#asked.rule(asked.rule);
      if (rule !== undefined) this.#merge.add({ ...row, source: rule.source });
    }
  }

  /** After the rules are restored: what was not asked of before is as it is now. */
  resume(): void {
    this.#asked.resume();
    const firing = this.#isOwnKnown ? [] : this.#rule.operator.firingAlerts!();
    for (const known of firing) this.#alerts.begin(keyText(known.alert.key), known);
    this.#doubt();
  }

  #wait(row: Waiting): void {
    this.#merge.add(row);
    for (const waiting of this.#waiting) waiting.add(this);
  }

  #doubt(): void {
    this.#isDoubtful = true;
    for (const waiting of this.#waiting) waiting.add(this);
  }

  get #columns(): readonly string[] {
    return this.#rule.node.suppress.columns.map(({ column }) => column);
  }

  /** All that happened at one instant, in order. */
  #pass(happened: readonly Waiting[], atUs: number): void {
    const touched = new Set<string>();
    for (const { asked, key: name } of happened) {
      if (asked === null) continue;
      if (asked.isFiring) this.#asked.begin(asked.rule, name);
      else this.#asked.end(asked.rule, name);
      for (const key of this.#alerts.dependingOn(name)) touched.add(key);
    }
    this.#lookAgain(touched, atUs);
    for (const { own, key } of happened) if (own !== null) this.#follow(key, own, atUs);
  }

  #lookAgain(keys: Iterable<string>, atUs: number): void {
    for (const key of [...keys].sort(compareTexts)) this.#turnIfDue(this.#alerts.get(key)!, atUs);
  }

  #follow(key: string, { change, inputs }: Own, atUs: number): void {
    if (change?.change === 'raised') {
      const alert = this.#alerts.begin(key, { alert: alertOf(change), inputs });
      alert.isSuppressed = this.#holds(alert);
    }
    const alert = this.#alerts.get(key);
    assert(alert !== undefined, 'an alert that fires is known');
    if (change?.change !== 'cleared') {
      this.#alerts.read(key, inputs);
      this.#turnIfDue(alert, atUs);
    }
    if (change === null) return;
    alert.last = alertOf(change);
    const isOfOperator = change.change === 'suppressed' || change.change === 'unsuppressed';
    if (!isOfOperator || !alert.isSuppressed) this.#tell(withSuppression(change, alert.isSuppressed));
    if (change.change === 'cleared') this.#alerts.end(key);
  }

  #turnIfDue(alert: SuppressedAlert, atUs: number): void {
    const isSuppressed = this.#holds(alert);
    if (isSuppressed === alert.isSuppressed) return;
    alert.isSuppressed = isSuppressed;
    const { last } = alert;
    if (isSuppressedByOperator(last)) return;
    const { rule, key, level, id, values, ...rest } = withSuppression(last, isSuppressed);
    const message = messageOf(this.#message, { key, values, severity: level, timeUs: atUs });
    const change = isSuppressed ? 'suppressed' : 'unsuppressed';
    this.#tell({ rule, key, level, change, timeUs: atUs, id, message, values, ...rest });
  }

  #holds({ inputs }: SuppressedAlert): boolean {
    return this.#condition.holds(inputs, name => this.#asked.isFiring(name));
  }
}

const ALERT_BYTES = 500; // an estimate: an object with its values and texts

type Own = { readonly change: AlertChange | null; readonly inputs: readonly Scalar[] };

/** Of a rule that is asked of (`key`: the alert's name), or of the rule itself. */
type Waiting = MergedRow & {
  readonly key: string;
  readonly asked: { readonly rule: string; readonly isFiring: boolean } | null;
  readonly own: Own | null;
};

/** Of one instant; those of one alert stay as they came. */
function inOrder(a: Waiting, b: Waiting): number {
  return Number(a.asked === null) - Number(b.asked === null) || compareTexts(a.key, b.key);
}

function keyText(key: AlertChange['key']): string {
  return JSON.stringify(Object.values(key));
}

function alertOf({ rule, key, level, id, values, state }: AlertChange): FiringAlert['alert'] {
  return { rule, key, level, id, values, ...(state === undefined ? {} : { state }) };
}
