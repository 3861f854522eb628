import type { InputEntry, NewEntries, NextOptions, RecordedInput } from '../../../engine/recorded-input.ts';

/** A recorded input whose entries are told of once they count. */
export class LoggedInput implements RecordedInput {
  readonly input: string;
  readonly #of: RecordedInput;
  readonly #onTaken: (entry: InputEntry) => void;

  constructor(of: RecordedInput, onTaken: (entry: InputEntry) => void) {
    this.input = of.input;
    this.#of = of;
    this.#onTaken = onTaken;
  }

  take(entry: InputEntry): void {
    this.#of.take(entry);
    this.#onTaken(entry);
  }

  async next(options: NextOptions): Promise<NewEntries> {
    return await this.#of.next(options);
  }

  async changed(signal: AbortSignal): Promise<void> {
    await this.#of.changed(signal);
  }

  compact(entries: readonly InputEntry[]): readonly InputEntry[] {
    return this.#of.compact(entries);
  }

  async close(): Promise<void> {
    await this.#of.close();
  }
}
