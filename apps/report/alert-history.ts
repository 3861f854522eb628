import { SEVERITIES, type Severity } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import type { AlertChange } from '../../engine/operator.ts';

/** An alert from its raising to its clearing, as far as the run has seen it. */
export type RecordedAlert = {
  readonly id: string;
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  /** Null: it was raised before the run. */
  readonly raisedUs: number | null;
  /** Null: it has not cleared. */
  readonly clearedUs: number | null;
  /** In order: from when it had which level. The first is of its raising, or of what was first heard of it. */
  readonly levels: readonly { readonly fromUs: number; readonly level: Severity }[];
  readonly worst: Severity;
  /** Of the worst level. */
  readonly message: string;
};

/** Which of them are kept, and which are counted alone. */
export type RecordedAlerts = {
  readonly alerts: readonly RecordedAlert[];
  readonly leftOut: number;
  /** All alerts that were raised, by rule and by the level at which they were. */
  readonly raised: ReadonlyMap<string, Readonly<Partial<Record<Severity, number>>>>;
};

export const MOST_ALERTS = 2_000;
const MOST_LEVELS = 64; // of an alert; what comes behind them is as the last one

/** What happened to alerts: the first so many of them, and how many there were. */
export class AlertHistory {
  readonly #most: number;
  readonly #alerts = new Map<string, Alert>(); // by id
  readonly #raised = new Map<string, Partial<Record<Severity, number>>>();
  #leftOut = 0;

  constructor(most = MOST_ALERTS) {
    this.#most = most;
  }

  hear(change: AlertChange): void {
    const { id, rule, level, change: what } = change;
    const isNew = !this.#alerts.has(id);
    if (what === 'raised') {
      const counts = this.#raised.get(rule) ?? {};
      counts[level] = (counts[level] ?? 0) + 1;
      this.#raised.set(rule, counts);
    }
    if (!isNew) return this.#alerts.get(id)!.take(change);
    if (this.#alerts.size < this.#most) this.#alerts.set(id, new Alert(change));
    else if (what === 'raised') this.#leftOut++;
  }

  recorded(): RecordedAlerts {
    const alerts = [...this.#alerts.values()].map(alert => alert.recorded());
    return { alerts: alerts.sort(byTime), leftOut: this.#leftOut, raised: this.#raised };
  }
}

class Alert {
  readonly #first: AlertChange;
  readonly #levels: { fromUs: number; level: Severity }[];
  #worst: AlertChange;
  #clearedUs: number | null = null;

  constructor(first: AlertChange) {
    this.#first = first;
    this.#worst = first;
    this.#levels = [{ fromUs: first.timeUs, level: first.level }];
    if (first.change === 'cleared') this.#clearedUs = first.timeUs;
  }

  take(change: AlertChange): void {
    const { timeUs, level } = change;
    if (change.change === 'cleared') {
      this.#clearedUs = timeUs;
      return;
    }
    if (rankOf(level) > rankOf(this.#worst.level)) this.#worst = change;
    if (level !== this.#levels.at(-1)!.level && this.#levels.length < MOST_LEVELS) {
      this.#levels.push({ fromUs: timeUs, level });
    }
  }

  recorded(): RecordedAlert {
    const { id, rule, key, change, timeUs } = this.#first;
    return {
      id,
      rule,
      key,
      raisedUs: change === 'raised' ? timeUs : null,
      clearedUs: this.#clearedUs,
      levels: this.#levels,
      worst: this.#worst.level,
      message: this.#worst.message,
    };
  }
}

export function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

/** When it was raised, or first heard of. */
export function startOf({ levels }: RecordedAlert): number {
  return levels[0]!.fromUs;
}

function byTime(a: RecordedAlert, b: RecordedAlert): number {
  return startOf(a) - startOf(b) || compare(a.rule, b.rule) || compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
