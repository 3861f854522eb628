import type { SourceNode } from '../../../dsl/plan.ts';
import { type Column, type EventBatch, neededFields, type Rejection, type SymbolTable } from '../../batch.ts';
import { sliceColumn } from '../../state/columns.ts';
import { growUint32 } from '../../state/growable.ts';
import { type KeyDictionary, NO_KEY } from '../../state/key-dictionary.ts';
import type { KeyLimit } from '../../state/key-limit.ts';
import { type NameAt, nameReader } from '../arrival-gate.ts';

/** Whose the events of a batch are: the ids of their keys. An event whose key would be one too many is refused. */
export class EventKeys {
  /** By event of the batch that is being handled; NO_KEY: it is refused. */
  ids = new Uint32Array(0);
  readonly #keys: KeyDictionary;
  readonly #limit: KeyLimit;
  readonly #stream: string;
  readonly #columns: readonly number[]; // of a batch
  readonly #nameAt: NameAt;
  #values: readonly Column[] = []; // of the batch, of each field of the key
  #hasRefused = false; // whether any of the ids is NO_KEY

  constructor(options: {
    readonly node: SourceNode;
    readonly keys: KeyDictionary;
    /** That of the keys. */
    readonly limit: KeyLimit;
    readonly symbols: SymbolTable;
  }) {
    const { node } = options;
    const fields = neededFields(node);
    this.#keys = options.keys;
    this.#limit = options.limit;
    this.#stream = node.id;
    this.#columns = node.key.map(name => fields.findIndex(field => field.name === name));
    this.#nameAt = nameReader(node, options.symbols);
  }

  /** Before the events of a batch are handled. */
  start(batch: EventBatch): void {
    this.ids = growUint32(this.ids, batch.length);
    this.#values = this.#columns.map(column => batch.columns[column]!);
  }

  /**
   * How the key of an event is found by one symbol of it, where that can be done, or that all are of one key. Undefined: it can not,
   * or there may be events of no key.
   */
  bySymbol({ columns }: EventBatch): KeysBySymbol | undefined {
    const idBySymbol = this.#columns.length === 0 ? NO_IDS : this.#keys.idBySymbol();
    const column = columns[this.#columns[0] ?? -1];
    if (idBySymbol === undefined || column?.valid !== undefined) return undefined;
    return { idBySymbol, symbols: column?.values as Uint32Array | undefined }; // as: idBySymbol is there
  }

  /** Finds or makes the ids of events start … end−1, and says that these keys will change. */
  write(start: number, end: number): void {
    const keys = this.#keys;
    const rest = start === 0 ? this.#values : this.#values.map(column => sliceColumn(column, start, end));
    this.#hasRefused = keys.writeIds(rest, end - start, this.ids.subarray(start));
    if (this.#hasRefused) {
      const known = this.ids.subarray(start, end).filter(keyId => keyId !== NO_KEY);
      keys.changed.willChange(known, 0, known.length);
    } else {
      keys.changed.willChange(this.ids, start, end);
    }
  }

  /** The first event from `start` on whose key is refused; `end`: none before it. */
  firstRefused(start: number, end: number): number {
    if (!this.#hasRefused) return end;
    const at = this.ids.indexOf(NO_KEY, start);
    return at < 0 || at > end ? end : at;
  }

  /** Of an event whose key is refused. */
  refusal(batch: EventBatch, i: number): Rejection {
    return {
      stream: this.#stream,
      code: 'MR4021',
      reason:
        `${this.#stream} may have ${this.#limit.maxKeys.toLocaleString('en')} keys, and this would be one more: ` +
        'forget unseen ones with `expire`, choose a key of fewer values, or raise `keys` in millrace.yaml',
      raw: '',
      arrivalUs: batch.arrivalUs[i]!,
      eventTimeUs: batch.timeUs[i]!,
      ...this.#nameAt(batch, i),
      atIndex: i,
    };
  }
}

/** As `takeOnTime` reads them. */
type KeysBySymbol = { readonly idBySymbol: Int32Array; readonly symbols: Uint32Array | undefined };

const NO_IDS = new Int32Array(0);
