import { createConnectors } from '../../../connectors/index.ts';
import { createStoredConnector } from '../../../connectors/stored/index.ts';
import type { Plan } from '../../../dsl/plan.ts';
import type { Scalar } from '../../../engine/batch.ts';
import type { Connector, SeriesReader } from '../../../engine/connector.ts';
import type { ExplainedRule } from '../../../engine/explanation/explained-rule.ts';
import type { PastAction } from '../../../engine/explanation/past-actions.ts';
import type { AskedStretch } from '../../../engine/explanation/pattern-evidence.ts';
import { rerun } from '../../../engine/explanation/rerun.ts';
import type { Evidence, Key } from '../../../engine/explanation/witness.ts';
import type { SourceAddress } from '../../../engine/runtime/job.ts';
import type { Settings } from '../../settings/settings.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { CommandLineError } from '../command-line-error.ts';
import { journalsIn } from '../journals.ts';
import { sourceOverrides } from '../source-overrides.ts';
import { storeOf } from '../store-option.ts';
import type { LateEvent } from './late-data.ts';
import { readRejected, type RejectedEvent } from './stored-rejections.ts';

export type Stretch = {
  readonly fromUs: number;
  readonly toUs: number;
  readonly endUs: number;
  readonly asked?: AskedStretch;
  readonly actions?: readonly PastAction[];
  /** As if nothing had been late. */
  readonly isInOrder?: boolean;
};

export type PastOptions = { readonly store?: string; readonly source: readonly string[] };

/** What is known of the past of a rule's streams: raw series in the store, or what their sources can give again. */
export class Past {
  readonly #explained: ExplainedRule;
  readonly #settings: Settings;
  readonly #reader: SeriesReader | null;
  readonly #stored: ReadonlySet<string>;
  readonly #overrides: Readonly<Record<string, SourceAddress>>;
  readonly #signal: AbortSignal;
  /** Events that came late in what was run last, and that the rule never saw. */
  late: LateEvent[] = [];

  private constructor(options: {
    readonly explained: ExplainedRule;
    readonly settings: Settings;
    readonly reader: SeriesReader | null;
    readonly stored: ReadonlySet<string>;
    readonly overrides: Readonly<Record<string, SourceAddress>>;
    readonly signal: AbortSignal;
  }) {
    this.#explained = options.explained;
    this.#settings = options.settings;
    this.#reader = options.reader;
    this.#stored = options.stored;
    this.#overrides = options.overrides;
    this.#signal = options.signal;
  }

  /** A stream is read from the store where that has its raw series, unless an option names another source. */
  static async open(
    explained: ExplainedRule,
    options: PastOptions & { readonly plan: Plan; readonly settings: Settings; readonly signal: AbortSignal },
  ): Promise<Past> {
    const { plan, settings, signal } = options;
    const overrides = sourceOverrides(options.source, plan);
    const wanted = explained.sources.map(({ id }) => id).filter(id => overrides[id] === undefined);
    const reader = wanted.length === 0 ? null : await openReader(options.store ?? settings.store, settings);
    const stored = new Set<string>();
    for (const id of wanted) if ((await reader?.find(id))?.kind === 'raw') stored.add(id);
    return new Past({ explained, settings, reader, stored, overrides, signal });
  }

  /** Whether less than all of it can be read. */
  get hasStretches(): boolean {
    return this.#stored.size === this.#explained.sources.length;
  }

  /** Where events come from: for people. */
  get description(): string {
    return this.#explained.sources
      .map(({ id, connector, address }) => {
        const from = this.#overrides[id] ?? { connector, address };
        return this.#stored.has(id) ? `the stored series ${id}` : `${id} from ${from.connector} ${from.address}`;
      })
      .join(', ');
  }

  /** The rule, run again over [from, to) by event time; the arrival clock goes on to `endUs`. */
  async run(key: Key, { asked, actions = [], isInOrder = false, ...stretch }: Stretch): Promise<Evidence> {
    this.late = [];
    const { plan, isOfAllKeys } = this.#explained;
    const stored =
      this.#reader === null
        ? []
        : [
            createStoredConnector({
              reader: this.#reader,
              ...stretch,
              isInOrder,
              endArrivalUs: stretch.endUs,
              keysOf: async stream => (isOfAllKeys ? undefined : this.#keysOf(stream, key)),
              hasRejected: false, // they are told beside the story
              hasLate: plan.nodes.some(({ kind }) => kind === 'side' || kind === 'silence'),
              onLate: event => this.late.push(event),
            }),
          ];
    const { disk, ...journals } = journalsIn(this.#settings.journal.directory);
    const { nats, questdb } = this.#settings;
    const known = createConnectors({ disk, journals, nats, questdb, log: { write: () => {}, isJson: false } });
    const connectors = new Map<string, Connector>([...known, ...stored.map(each => [each.name, each] as const)]);
    const directory = process.cwd();
    const fromStore = [...this.#stored].map(id => [id, { connector: 'stored', address: id, directory }] as const);
    return await rerun(this.#explained, {
      key,
      actions,
      ...(asked === undefined ? {} : { asked }),
      connectors,
      sources: { ...this.#overrides, ...Object.fromEntries(fromStore) },
      onWarning: warning => writeCodedMessage({ severity: 'warning', ...warning }),
      signal: this.#signal,
    });
  }

  /** Of this key, what its streams refused in [from, to) by arrival, where the store has it. */
  async rejected(key: Key, stretch: { readonly fromUs: number; readonly toUs: number }): Promise<RejectedEvent[]> {
    const found = await Promise.all([...this.#stored].map(id => readRejected(this.#reader!, id, { key, ...stretch })));
    return found.flat();
  }

  async close(): Promise<void> {
    await this.#reader?.close();
  }

  /** Of a stream whose key has other names all keys are read. */
  #keysOf(stream: string, key: Key): readonly (readonly Scalar[])[] | undefined {
    const names = this.#explained.sources.find(({ id }) => id === stream)!.key;
    return names.every(name => Object.hasOwn(key, name)) ? [names.map(name => key[name]!)] : undefined;
  }
}

/** Null: there is no store. Errors: those of the store. */
async function openReader(where: string | undefined, settings: Settings): Promise<SeriesReader | null> {
  if (where === undefined) return null;
  const store = storeOf(where, settings.questdb);
  if (typeof store === 'string') return null;
  if (store.openReader !== undefined) return await store.openReader();
  throw new CommandLineError('MR7326', `nothing can be read back from ${where}`, 'name another store: --store duckdb');
}
