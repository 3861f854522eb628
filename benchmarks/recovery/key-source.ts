import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { Connector, Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';

/** Windows, one after the other, in each of which each of the keys has one event. */
export type KeyInput = {
  readonly keys: number;
  readonly windows: number;
  /** So many windows at the start have a few keys only. */
  readonly warmUpWindows?: number;
  /** Before a window's first event. */
  readonly onWindow?: (window: number) => void;
};

export const WARM_UP_KEYS = 4_096;
const WINDOW_US = 10_000_000;
const NAME_BYTES = 'device-0000000'.length;

/** Events whose keys' names come from bytes, as decoders make them; it reads on from a position. */
export function keySource(input: KeyInput): Connector {
  const names = Buffer.allocUnsafeSlow(input.keys * NAME_BYTES);
  for (let key = 0; key < input.keys; key++) names.write(nameOf(key), key * NAME_BYTES, 'latin1');
  return { name: 'memory', openSource: async options => new KeySource(options, input, names) };
}

class KeySource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #builder: BatchBuilder;
  readonly #input: KeyInput;
  readonly #names: Buffer;
  #window: number;
  #key: number;

  constructor({ builder, position }: SourceOptions, input: KeyInput, names: Buffer) {
    this.#builder = builder;
    this.#input = input;
    this.#names = names;
    this.#window = Number(position?.window ?? 0);
    this.#key = Number(position?.key ?? 0);
  }

  async read({ maxEvents }: { readonly maxEvents: number }): Promise<SourceRead> {
    const { windows, warmUpWindows = 0, onWindow } = this.#input;
    if (this.#window === windows) return { kind: 'end', position: this.#position() };
    if (this.#key === 0) onWindow?.(this.#window);
    const keys = this.#window < warmUpWindows ? WARM_UP_KEYS : this.#input.keys;
    const end = Math.min(keys, this.#key + maxEvents);
    for (; this.#key < end; this.#key++) this.#put(this.#key, this.#window, keys);
    if (this.#key === keys) {
      this.#key = 0;
      this.#window++;
    }
    return { kind: 'batch', batch: this.#builder.build(), position: this.#position() };
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {}

  #put(key: number, window: number, keys: number): void {
    const builder = this.#builder;
    const timeUs = (window + 1) * WINDOW_US + Math.floor((key / keys) * WINDOW_US);
    builder.arrivalUs = timeUs;
    builder.setBytes(0, this.#names, key * NAME_BYTES, (key + 1) * NAME_BYTES);
    builder.setValue(1, key % 97);
    builder.setInstant(2, timeUs);
    if (!builder.commit()) throw new Error('an event is refused');
  }

  #position(): Position {
    return { window: this.#window, key: this.#key };
  }
}

function nameOf(key: number): string {
  return `device-${String(key).padStart(7, '0')}`;
}
