import type { Source, SourceRead } from '../../connector.ts';

/** Up to where a source of the past goes. */
export type FillEnd = {
  /** Its arrival clock stands there at the end. */
  readonly arrivalUs: number;
  /** It is at its end there, and keys move on; else it goes on behind it, elsewhere. */
  readonly isAtEnd: boolean;
};

/** What is stored of a stream, up to where the live source stands; then it waits until it is closed. */
export class FillSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #inner: Source;
  readonly #end: FillEnd;
  readonly #onThrough: () => void;
  #step: 'read' | 'tick' | 'end' | 'through' = 'read';

  /** `onThrough`: all that it gave was handed out. */
  constructor(options: { readonly inner: Source; readonly end: FillEnd; readonly onThrough: () => void }) {
    this.#inner = options.inner;
    this.#end = options.end;
    this.#onThrough = options.onThrough;
  }

  /** 0..1 of it is read. */
  get share(): number {
    return this.#step === 'read' ? (this.#inner.progress?.() ?? 0) : 1;
  }

  async read(options: Parameters<Source['read']>[0]): Promise<SourceRead> {
    if (this.#step === 'read') {
      const read = await this.#inner.read(options);
      if (read.kind !== 'end') return read;
      this.#step = 'tick';
    }
    const { arrivalUs, isAtEnd } = this.#end;
    if (this.#step === 'tick') {
      this.#step = isAtEnd ? 'end' : 'through';
      if (arrivalUs > -Infinity) return { kind: 'tick', arrivalUs, position: {} };
    }
    if (this.#step === 'end') {
      this.#step = 'through';
      return { kind: 'end', position: {} };
    }
    this.#onThrough();
    await aborted(options.signal);
    return { kind: 'tick', arrivalUs: -Infinity, position: {} };
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {
    await this.#inner.close();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
