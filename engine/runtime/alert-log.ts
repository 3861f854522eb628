import { type Field, SEVERITIES } from '../../dsl/plan.ts';
import { type Column, createColumn, SymbolTable } from '../batch.ts';
import type { Position, RowBatch, Series, Sink, SinkInput } from '../connector.ts';
import { assert } from '../errors.ts';
import type { AlertChange } from '../operator.ts';
import { provenanceJson } from '../provenance.ts';
import { RowsOfParts } from './row-batch.ts';

/** Changes of alerts as a series: each is known by its time, the alert's id, and what changed. */
export const ALERT_LOG: Series = {
  stream: 'alerts',
  keepUs: null,
  key: [
    { name: 'id', type: 'string' },
    { name: 'change', type: 'string' },
  ],
  fields: [
    { name: 'rule', type: 'string' },
    { name: 'key', type: 'string' }, // as JSON
    { name: 'level', type: 'severity' },
    { name: 'message', type: 'string' },
    { name: 'values', type: 'string' }, // as JSON
    { name: 'state', type: 'string' }, // the words, with blanks between; these are null where there is nothing to say
    { name: 'by', type: 'string' },
    { name: 'comment', type: 'string' },
    { name: 'provenance', type: 'string' }, // as JSON
  ],
  kind: 'derived',
};

/** Of what was found in history: never among what happened. */
export const HISTORICAL_ALERT_LOG: Series = { ...ALERT_LOG, stream: 'alerts_history' };

/** Gives changes of alerts to the sink of their series. */
export class AlertLog implements Sink {
  readonly #sink: Sink;
  readonly #stream: string;

  constructor(sink: Sink, { stream }: Series = ALERT_LOG) {
    this.#sink = sink;
    this.#stream = stream;
  }

  get maxInFlight(): number {
    return this.#sink.maxInFlight;
  }

  async write(input: SinkInput): Promise<void> {
    assert(input.kind === 'alerts', 'an alert log is given alerts');
    await this.#sink.write({ kind: 'rows', batch: rowsOf(input.changes, this.#stream) });
  }

  async position(): Promise<Position | null> {
    return await this.#sink.position();
  }

  async close(): Promise<void> {
    await this.#sink.close();
  }
}

/** There is at least one. */
function rowsOf(changes: readonly AlertChange[], stream: string): RowBatch {
  const columnOf = ({ name, type }: Field): Column => {
    const column = createColumn(type, changes.length);
    const valid = new Uint8Array(changes.length);
    changes.forEach((change, row) => {
      const value = VALUES[name]!(change);
      if (value !== null) column.values[row] = value;
      valid[row] = value === null ? 0 : 1;
    });
    column.valid = valid;
    return column;
  };
  const part = {
    stream,
    length: changes.length,
    timeUs: Float64Array.from(changes, change => change.timeUs),
    key: ALERT_LOG.key.map(columnOf),
    columns: ALERT_LOG.fields.map(columnOf),
  };
  return new RowsOfParts([part], { shape: ALERT_LOG, symbols: NO_SYMBOLS, order: 'as-handled' });
}

const VALUES: Readonly<Record<string, (change: AlertChange) => string | number | null>> = {
  id: ({ id }) => id,
  change: ({ change }) => change,
  rule: ({ rule }) => rule,
  key: ({ key }) => JSON.stringify(key),
  level: ({ level }) => SEVERITIES.indexOf(level),
  message: ({ message }) => message,
  values: ({ values }) => JSON.stringify(values),
  state: ({ state = [] }) => (state.length === 0 ? null : state.join(' ')),
  by: ({ by }) => by ?? null,
  comment: ({ comment }) => comment ?? null,
  provenance: ({ provenance }) => (provenance === undefined ? null : provenanceJson(provenance)),
};
const NO_SYMBOLS = new SymbolTable();
