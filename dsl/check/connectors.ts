/** What rules may say of a connector. */
export type ConnectorWords = {
  readonly isSource: boolean;
  readonly write: 'now' | 'later' | 'never';
  /** Whether tables are read from it. */
  readonly isTable: boolean;
  /** What its streams may be read as. */
  readonly codecs: readonly string[];
};

export const MESSAGES: readonly string[] = ['json', 'ndjson', 'msgpack', 'cbor'];
const TEXTS: readonly string[] = ['json', 'ndjson', 'csv'];

/**
 * Connectors that a rule file may name. What reads from and writes to the outside is the apps' concern; here only the
 * words are known, so that `form nast` gets a hint. `write: 'later'`: routes there are not in this version yet.
 */
export const CONNECTORS: Readonly<Record<string, ConnectorWords>> = {
  file: { isSource: true, write: 'now', isTable: true, codecs: [...TEXTS, 'parquet'] },
  log: { isSource: false, write: 'now', isTable: false, codecs: [] },
  memory: { isSource: true, write: 'now', isTable: false, codecs: ['json'] },
  nats: { isSource: true, write: 'now', isTable: false, codecs: MESSAGES },
  mqtt: { isSource: true, write: 'later', isTable: false, codecs: [...MESSAGES, 'sparkplug'] },
  http: { isSource: true, write: 'later', isTable: false, codecs: [...MESSAGES, 'csv'] },
  webhook: { isSource: false, write: 'later', isTable: false, codecs: [] },
  email: { isSource: false, write: 'later', isTable: false, codecs: [] },
  questdb: { isSource: true, write: 'later', isTable: true, codecs: [] },
  duckdb: { isSource: true, write: 'later', isTable: false, codecs: [] },
  kv: { isSource: false, write: 'never', isTable: true, codecs: [] },
  journal: { isSource: true, write: 'later', isTable: false, codecs: MESSAGES },
  simulator: { isSource: true, write: 'never', isTable: false, codecs: ['json'] },
  host: { isSource: true, write: 'never', isTable: false, codecs: ['json'] },
};

/** Those that run and bring messages, which codecs of a program can read, too. */
export const MESSAGE_CONNECTORS: readonly string[] = ['nats', 'journal'];

/**
 * The codec words of a stream; without one, the connector finds it: `file` by the file's name, and a message is JSON.
 */
export const CODECS: readonly string[] = ['json', 'ndjson', 'csv', 'msgpack', 'cbor', 'parquet', 'sparkplug'];
