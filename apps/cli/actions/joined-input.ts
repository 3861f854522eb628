import type { InputEntry, NewEntries, NextOptions, RecordedInput } from '../../../engine/recorded-input.ts';

/** One recorded input that comes by several ways, of which at most one has positions. */
export class JoinedInput implements RecordedInput {
  readonly input: string;
  readonly #ways: readonly RecordedInput[];

  constructor(ways: readonly [RecordedInput, ...RecordedInput[]]) {
    this.input = ways[0].input;
    this.#ways = ways;
  }

  take(entry: InputEntry): void {
    for (const way of this.#ways) way.take(entry);
  }

  async next(options: NextOptions): Promise<NewEntries> {
    for (const way of this.#ways) {
      const found = await way.next(options);
      if (found.entries.length > 0) return found;
    }
    return { entries: [], position: null };
  }

  async changed(signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const either = AbortSignal.any([signal, ended.signal]);
    try {
      await Promise.race(this.#ways.map(way => way.changed(either)));
    } finally {
      ended.abort();
    }
  }

  compact(entries: readonly InputEntry[]): readonly InputEntry[] {
    return this.#ways[0]!.compact(entries);
  }

  async close(): Promise<void> {
    await Promise.all(this.#ways.map(way => way.close()));
  }
}
