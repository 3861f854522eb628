import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Severity } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import type { AlertChange, AlertWord } from '../../../engine/operator.ts';

/** An alert that has not cleared, as the last run that had this state folder knew it. */
export type OpenAlert = {
  readonly id: string;
  readonly rule: string;
  readonly key: Readonly<Record<string, Scalar>>;
  readonly level: Severity;
  /** When it was raised; null: that was before the list was kept. */
  readonly sinceUs: number | null;
  readonly message: string;
  readonly state: readonly AlertWord[];
  /** Who acknowledged it. */
  readonly acknowledgedBy: string | null;
  /** What operators said last. */
  readonly comment: string | null;
};

/**
 * The alerts that have not cleared, in a file of the state folder, for whoever asks while the run goes on, or when it has
 * ended. It follows from the changes, and is no state: what is missing in it is there again with its next change.
 */
export class AlertBook {
  readonly #stateDirectory: string;
  readonly #alerts: Map<string, OpenAlert>; // by id; bound: MAX_ALERTS
  #isChanged = false;
  #savedMs = -Infinity;

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
    this.#alerts = new Map(openAlerts(stateDirectory).map(alert => [alert.id, alert]));
  }

  get alerts(): Iterable<OpenAlert> {
    return this.#alerts.values();
  }

  add(change: AlertChange): void {
    this.#isChanged = true;
    if (change.change === 'cleared') {
      this.#alerts.delete(change.id);
      return;
    }
    const known = this.#alerts.get(change.id);
    if (known === undefined && this.#alerts.size >= MAX_ALERTS) return; // nobody looks through so many
    this.#alerts.set(change.id, after(change, known));
  }

  /** Once in a while, or at once where `isLast`. */
  save({ nowMs, isLast }: { readonly nowMs: number; readonly isLast: boolean }): void {
    if (!this.#isChanged || (!isLast && nowMs - this.#savedMs < SAVE_EVERY_MS)) return;
    this.#isChanged = false;
    this.#savedMs = nowMs;
    write(this.#stateDirectory, [...this.#alerts.values()]);
  }
}

/** What rules that are gone, or start empty, had raised is forgotten; nobody has the folder. */
export function keepAlertsOf(stateDirectory: string, rules: ReadonlySet<string>): void {
  const alerts = openAlerts(stateDirectory);
  const kept = alerts.filter(alert => rules.has(alert.rule));
  if (kept.length < alerts.length) write(stateDirectory, kept);
}

/** Oldest first; none where nothing was written. */
export function openAlerts(stateDirectory: string): readonly OpenAlert[] {
  try {
    return JSON.parse(readFileSync(bookOf(stateDirectory), 'utf8')) as OpenAlert[]; // as: what `save` wrote, whole
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return [];
    throw error;
  }
}

function after(change: AlertChange, known: OpenAlert | undefined): OpenAlert {
  const { id, rule, key, level, message, timeUs, state = [], by, comment } = change;
  const isAcknowledged = state.includes('acknowledged');
  const acknowledgedBy = change.change === 'acknowledged' ? (by ?? null) : (known?.acknowledgedBy ?? null);
  return {
    id,
    rule,
    key,
    level,
    sinceUs: change.change === 'raised' ? timeUs : (known?.sinceUs ?? null),
    message,
    state,
    acknowledgedBy: isAcknowledged ? acknowledgedBy : null,
    comment: comment ?? known?.comment ?? null,
  };
}

function write(stateDirectory: string, alerts: readonly OpenAlert[]): void {
  const path = bookOf(stateDirectory);
  writeFileSync(`${path}.new`, `${JSON.stringify(alerts)}\n`);
  renameSync(`${path}.new`, path);
}

function bookOf(stateDirectory: string): string {
  return join(stateDirectory, 'alerts.json');
}

const MAX_ALERTS = 100_000;
const SAVE_EVERY_MS = 200;
