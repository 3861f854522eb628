import type { AlertChange } from '../../operator.ts';

/** Alerts that fire at the end of a stretch of the past: what is to be told of each. Bound: those that fire. */
export class OpenAlerts {
  readonly #changes = new Map<string, Map<string, AlertChange>>(); // by id, the last of each kind, in their order

  note(change: AlertChange): void {
    const { id } = change;
    if (change.change === 'cleared') {
      this.#changes.delete(id);
      return;
    }
    const ofAlert = this.#changes.get(id) ?? new Map<string, AlertChange>();
    this.#changes.set(id, ofAlert);
    ofAlert.delete(change.change);
    ofAlert.set(change.change, change);
  }

  /** Of those among these, in order of time. */
  of(ids: ReadonlySet<string>): readonly AlertChange[] {
    const changes = [...this.#changes].flatMap(([id, ofAlert]) => (ids.has(id) ? [...ofAlert.values()] : []));
    return changes.sort((a, b) => a.timeUs - b.timeUs); // stable
  }
}
