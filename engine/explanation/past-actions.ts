import { ACTIONS, actionContent, type OperatorAction } from '../operators/rule/operator-action.ts';
import type { InputEntry, NewEntries, RecordedInput } from '../recorded-input.ts';

/** What somebody did, at its place in the order of arrival. */
export type PastAction = Pick<InputEntry, 'arrivalUs' | 'ahead'> & { readonly action: OperatorAction };

/** What operators did, as a run that is told again hears it. */
export class PastActions implements RecordedInput {
  readonly input = ACTIONS;
  #actions: readonly PastAction[];

  constructor(actions: readonly PastAction[]) {
    this.#actions = actions.toSorted((a, b) => a.arrivalUs - b.arrivalUs);
  }

  take(): void {}

  async next(): Promise<NewEntries> {
    const entries = this.#actions.map(({ action, arrivalUs, ahead }) => {
      return { ...actionContent(action), place: { arrivalUs, ahead } };
    });
    this.#actions = [];
    return { entries, position: null };
  }

  async changed(signal: AbortSignal): Promise<void> {
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  compact(): readonly InputEntry[] {
    return [];
  }

  async close(): Promise<void> {}
}
