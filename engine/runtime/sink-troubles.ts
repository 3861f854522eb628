import type { MillraceError } from '../errors.ts';

/**
 * What sinks wait for: a write that fails and is repeated holds up the whole run, so it is told, and once. Several sinks
 * may wait for the same server, and each repeats its write for as long as it takes.
 */
export class SinkTroubles {
  readonly #onBegin: (error: MillraceError) => void;
  readonly #waiting = new Map<string, Set<string>>(); // by code: the sinks, of which there are few

  constructor(onBegin: (error: MillraceError) => void) {
    this.#onBegin = onBegin;
  }

  failed(sink: string, error: MillraceError): void {
    const waiting = this.#waiting.get(error.code) ?? new Set();
    if (waiting.size === 0) this.#onBegin(error);
    this.#waiting.set(error.code, waiting.add(sink));
  }

  wrote(sink: string): void {
    for (const waiting of this.#waiting.values()) waiting.delete(sink);
  }
}
