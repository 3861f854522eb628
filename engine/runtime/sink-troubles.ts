import type { MillraceError } from '../errors.ts';

/**
 * What sinks wait for: a write that fails and is repeated holds up the whole run, so it is told, and once. Several sinks
 * may wait for the same server, and each repeats its write for as long as it takes.
 */
export class SinkTroubles {
  readonly #onBegin: (error: MillraceError) => void;
  readonly #onChanged: (causes: readonly MillraceError[]) => void;
  readonly #waiting = new Map<string, { readonly cause: MillraceError; readonly sinks: Set<string> }>(); // by code, of which there are few

  constructor(options: {
    /** Of a code, when nothing waited for it before. */
    readonly onBegin: (error: MillraceError) => void;
    readonly onChanged?: ((causes: readonly MillraceError[]) => void) | undefined;
  }) {
    this.#onBegin = options.onBegin;
    this.#onChanged = options.onChanged ?? (() => {});
  }

  failed(sink: string, error: MillraceError): void {
    const known = this.#waiting.get(error.code);
    if (known !== undefined) {
      known.sinks.add(sink);
      return;
    }
    this.#waiting.set(error.code, { cause: error, sinks: new Set([sink]) });
    this.#onBegin(error);
    this.#changed();
  }

  wrote(sink: string): void {
    if (this.#waiting.size === 0) return;
    for (const [code, { sinks }] of this.#waiting) {
      sinks.delete(sink);
      if (sinks.size > 0) continue;
      this.#waiting.delete(code);
      this.#changed();
    }
  }

  #changed(): void {
    this.#onChanged([...this.#waiting.values()].map(({ cause }) => cause));
  }
}
