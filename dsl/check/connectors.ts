/**
 * Connectors that a rule file may name. What reads from and writes to the outside is the apps' concern; here only the
 * words are known, so that `form nast` gets a hint. `write: 'later'`: routes there are not in this version yet.
 */
export const CONNECTORS: Readonly<
  Record<string, { readonly isSource: boolean; readonly write: 'now' | 'later' | 'never' }>
> = {
  file: { isSource: true, write: 'now' },
  log: { isSource: false, write: 'now' },
  memory: { isSource: true, write: 'now' },
  nats: { isSource: true, write: 'later' },
  mqtt: { isSource: true, write: 'later' },
  http: { isSource: true, write: 'later' },
  webhook: { isSource: false, write: 'later' },
  email: { isSource: false, write: 'later' },
  questdb: { isSource: true, write: 'later' },
  duckdb: { isSource: true, write: 'later' },
  journal: { isSource: true, write: 'later' },
  simulator: { isSource: true, write: 'never' },
  host: { isSource: true, write: 'never' },
};

/** The codec words of a stream; without one, the connector finds it, `file` by the file's name. */
export const CODECS: readonly string[] = ['json', 'ndjson', 'csv', 'msgpack', 'cbor', 'parquet', 'sparkplug'];
