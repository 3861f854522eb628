import type { Scalar } from '../batch.ts';
import { ALERT_WORDS, type AlertChange, type FiringAlert, type Snapshot, type SnapshotValue } from '../operator.ts';
import type { SuppressCondition } from './suppress-condition.ts';

/** An alert that fires, as it was told last; what `suppress` reads of the rows; and whether it holds. */
export type SuppressedAlert = {
  last: FiringAlert['alert'];
  inputs: readonly Scalar[];
  isSuppressed: boolean;
};

/** The firing alerts of a rule, by key, and of which others they depend. */
export class SuppressedAlerts {
  readonly #condition: SuppressCondition;
  readonly #alerts = new Map<string, SuppressedAlert>(); // bound: the keys of the rule
  readonly #keysBy = new Map<string, Set<string>>(); // by the name of an alert that is asked of

  constructor(condition: SuppressCondition) {
    this.#condition = condition;
  }

  get size(): number {
    return this.#alerts.size;
  }

  get keys(): readonly string[] {
    return [...this.#alerts.keys()];
  }

  get(key: string): SuppressedAlert | undefined {
    return this.#alerts.get(key);
  }

  begin(key: string, { alert: last, inputs }: FiringAlert): SuppressedAlert {
    const alert: SuppressedAlert = { last, inputs: [], isSuppressed: false };
    this.#alerts.set(key, alert);
    this.#follow(key, alert, inputs);
    return alert;
  }

  read(key: string, inputs: readonly Scalar[]): void {
    const alert = this.#alerts.get(key)!;
    this.#unfollow(key, alert);
    this.#follow(key, alert, inputs);
  }

  end(key: string): void {
    this.#unfollow(key, this.#alerts.get(key)!);
    this.#alerts.delete(key);
  }

  /** Those that may be suppressed because of this alert, or no longer. */
  dependingOn(asked: string): Iterable<string> {
    return this.#keysBy.get(asked) ?? [];
  }

  snapshot(): readonly SnapshotValue[] {
    return [...this.#alerts].map(([key, { last, inputs, isSuppressed }]) => ({
      key,
      last: last as unknown as Snapshot, // as: plain JSON
      inputs,
      isSuppressed,
    }));
  }

  /** `inputsOf`: what was read then, in the order of now. */
  restore(saved: readonly SnapshotValue[], inputsOf: (inputs: readonly Scalar[]) => readonly Scalar[]): void {
    for (const { key, last, inputs, isSuppressed } of saved as unknown as readonly SavedAlert[]) {
      // as: what `snapshot` gave
      this.begin(key, { alert: last, inputs: inputsOf(inputs) }).isSuppressed = isSuppressed;
    }
  }

  #follow(key: string, alert: SuppressedAlert, inputs: readonly Scalar[]): void {
    alert.inputs = inputs;
    for (const asked of this.#condition.askedOf(inputs)) {
      const keys = this.#keysBy.get(asked);
      if (keys === undefined) this.#keysBy.set(asked, new Set([key]));
      else keys.add(key);
    }
  }

  #unfollow(key: string, { inputs }: SuppressedAlert): void {
    for (const asked of this.#condition.askedOf(inputs)) {
      const keys = this.#keysBy.get(asked);
      keys?.delete(key);
      if (keys?.size === 0) this.#keysBy.delete(asked);
    }
  }
}

type SavedAlert = SuppressedAlert & { readonly key: string };

/** What an operator suppresses is so in any case. */
export function withSuppression<Alert extends Pick<AlertChange, 'state'>>(alert: Alert, isSuppressed: boolean): Alert {
  if (!isSuppressed) return alert;
  const { state = [] } = alert;
  return { ...alert, state: ALERT_WORDS.filter(word => word === 'suppressed' || state.includes(word)) };
}

export function isSuppressedByOperator({ state = [] }: Pick<AlertChange, 'state'>): boolean {
  return state.includes('suppressed');
}
