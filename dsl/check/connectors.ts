type ConnectorWords = {
  readonly isSource: boolean;
  readonly write: 'now' | 'later' | 'never';
  /** Whether tables are read from it. */
  readonly table: 'now' | 'later' | 'never';
  /** What its streams may be read as. */
  readonly codecs: readonly string[];
};

const MESSAGES: readonly string[] = ['json', 'ndjson', 'msgpack', 'cbor'];
const TEXTS: readonly string[] = ['json', 'ndjson', 'csv'];

/**
 * Connectors that a rule file may name. What reads from and writes to the outside is the apps' concern; here only the
 * words are known, so that `form nast` gets a hint. `write: 'later'`: routes there are not in this version yet.
 */
export const CONNECTORS: Readonly<Record<string, ConnectorWords>> = {
  file: { isSource: true, write: 'now', table: 'now', codecs: [...TEXTS, 'parquet'] },
  log: { isSource: false, write: 'now', table: 'never', codecs: [] },
  memory: { isSource: true, write: 'now', table: 'never', codecs: ['json'] },
  nats: { isSource: true, write: 'now', table: 'never', codecs: MESSAGES },
  mqtt: { isSource: true, write: 'later', table: 'never', codecs: [...MESSAGES, 'sparkplug'] },
  http: { isSource: true, write: 'later', table: 'never', codecs: [...MESSAGES, 'csv'] },
  webhook: { isSource: false, write: 'later', table: 'never', codecs: [] },
  email: { isSource: false, write: 'later', table: 'never', codecs: [] },
  questdb: { isSource: true, write: 'later', table: 'later', codecs: [] },
  duckdb: { isSource: true, write: 'later', table: 'never', codecs: [] },
  kv: { isSource: false, write: 'never', table: 'later', codecs: [] },
  journal: { isSource: true, write: 'later', table: 'never', codecs: MESSAGES },
  simulator: { isSource: true, write: 'never', table: 'never', codecs: ['json'] },
  host: { isSource: true, write: 'never', table: 'never', codecs: ['json'] },
};

/**
 * The codec words of a stream; without one, the connector finds it: `file` by the file's name, and a message is JSON.
 */
export const CODECS: readonly string[] = ['json', 'ndjson', 'csv', 'msgpack', 'cbor', 'parquet', 'sparkplug'];
