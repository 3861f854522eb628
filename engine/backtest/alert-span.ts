import { SEVERITIES, type Severity } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import { MillraceError } from '../errors.ts';
import type { AlertChange } from '../operator.ts';

/** One alert, from when it is told until it clears. */
export type AlertSpan = {
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  /** Of one that is suppressed at first: the instant from which on it is not. */
  readonly raisedUs: number;
  /** Null: it fires at the end. */
  readonly clearedUs: number | null;
  /** The highest that it reached. */
  readonly level: Severity;
};

/** What of a change a span is made of. */
export type SpanChange = Pick<AlertChange, 'rule' | 'key' | 'change' | 'level' | 'timeUs' | 'state'>;

/** Makes spans of the changes of a run, which come in order. What is suppressed as long as it lasts is none. Errors: MR7365. */
export class AlertSpans {
  readonly #spans: AlertSpan[] = [];
  readonly #open = new Map<string, OpenAlert>(); // a rule has one alert of a key at a time

  take(change: SpanChange): void {
    const whose = whoseAlert(change.rule, change.key);
    if (change.change === 'raised') this.#raise(whose, change);
    const open = this.#open.get(whose);
    if (open === undefined) return; // it was raised before the first change
    open.level = higher(open.level, change.level);
    if (change.change === 'unsuppressed') open.toldUs ??= change.timeUs;
    if (change.change !== 'cleared') return;
    this.#open.delete(whose);
    this.#add(open, change.timeUs);
  }

  /** In order of `raisedUs`, then of rule and key. */
  end(): readonly AlertSpan[] {
    for (const open of this.#open.values()) this.#add(open, null);
    this.#open.clear();
    return this.#spans.sort(bySpan);
  }

  #raise(whose: string, { rule, key, level, timeUs, state = [] }: SpanChange): void {
    if (this.#spans.length + this.#open.size >= MAX_ALERTS) throw tooMany();
    const isHidden = state.includes('suppressed');
    this.#open.set(whose, { rule, key, level, isHidden, toldUs: isHidden ? null : timeUs });
  }

  #add({ rule, key, level, isHidden, toldUs }: OpenAlert, clearedUs: number | null): void {
    if (toldUs === null) return;
    if (isHidden && clearedUs !== null && clearedUs <= toldUs) return; // that it ended may be heard of afterwards
    this.#spans.push({ rule, key, raisedUs: toldUs, clearedUs, level });
  }
}

type OpenAlert = Pick<AlertSpan, 'rule' | 'key'> & {
  level: Severity;
  readonly isHidden: boolean; // when it was raised
  toldUs: number | null; // null: it was suppressed so far
};

/** One text for each rule and key, in whatever order a file names the key's fields. */
export function whoseAlert(rule: string, key: AlertSpan['key']): string {
  return JSON.stringify([rule, Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** In order of time, then of rule and key. */
export function bySpan(a: AlertSpan, b: AlertSpan): number {
  if (a.raisedUs !== b.raisedUs) return a.raisedUs - b.raisedUs;
  const [first, second] = [whoseAlert(a.rule, a.key), whoseAlert(b.rule, b.key)];
  return first < second ? -1 : first > second ? 1 : 0;
}

function higher(a: Severity, b: Severity): Severity {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? b : a;
}

function tooMany(): MillraceError {
  return new MillraceError('MR7365', `the history has more than ${MAX_ALERTS.toLocaleString('en')} alerts`, {
    hint: 'take a shorter stretch (--from, --to), or a rule that is raised less often',
  });
}

/** Beyond it memory would not do, and nobody could read them. */
const MAX_ALERTS = 1_000_000;
