import type { AlertSuppression } from './alert-suppression.ts';
import type { Follower } from './timeline.ts';

/** Those of the suppressions on a clock for which something waits: of thousands that is few, and the others are not asked. */
export class WaitingSuppressions implements Follower {
  readonly #waiting = new Set<AlertSuppression>(); // bound: the rules of the plan

  add(suppression: AlertSuppression): void {
    this.#waiting.add(suppression);
  }

  advance(): void {
    for (const suppression of this.#waiting) {
      suppression.advance();
      if (!suppression.isWaiting) this.#waiting.delete(suppression);
    }
  }
}
