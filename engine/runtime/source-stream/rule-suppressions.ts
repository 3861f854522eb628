import type { Snapshot } from '../../operator.ts';
import type { AlertSuppression } from '../alert-suppression.ts';

/** Suppressions of rules behind a source: what waits there is saved with it. */
export class RuleSuppressions {
  #suppressions: AlertSuppression[] = [];

  add(suppression: AlertSuppression): void {
    this.#suppressions.push(suppression);
  }

  remove(suppression: AlertSuppression): void {
    this.#suppressions = this.#suppressions.filter(other => other !== suppression);
  }

  /** By rule. */
  snapshot(): Snapshot {
    return Object.fromEntries(this.#suppressions.map(each => [each.ruleId, each.snapshot()]));
  }

  /** `keptFrom`: the stored rule whose state one takes over; null: it starts empty. */
  restore(stored: Readonly<Record<string, Snapshot>>, keptFrom: (ruleId: string) => string | null): void {
    for (const suppression of this.#suppressions) {
      const own = stored[keptFrom(suppression.ruleId) ?? ''];
      if (own !== undefined) suppression.restore(own);
    }
  }

  /** After all is restored. */
  resume(): void {
    for (const suppression of this.#suppressions) suppression.resume();
  }

  get stateBytes(): number {
    return this.#suppressions.reduce((bytes, suppression) => bytes + suppression.stateBytes, 0);
  }
}
