import type { SampleColumn } from '../../../connectors/file/sample.ts';
import { textOf } from '../../../connectors/file/cell.ts';
import type { InferredField } from './infer-fields.ts';

export type InferredKey = {
  readonly fields: readonly InferredField[]; // none: the stream is one key
  readonly keyOfRow: readonly string[];
  readonly count: number; // of different keys in the sample
};

/**
 * What the readings belong to: text of few values within which times go forward and do not repeat, although they do
 * from row to row. Where times say nothing, a column with a name such as `device`.
 */
export function inferKey(fields: readonly InferredField[], timesUs: readonly number[]): InferredKey {
  const none = keyOf([], timesUs.length);
  const candidates = fields.filter(field => isCandidate(field, timesUs.length));
  const confused = confusedRows(none.keyOfRow, timesUs);
  if (confused > timesUs.length * MIN_CONFUSED) {
    const pairs = candidates.flatMap((a, index) => candidates.slice(index + 1).map(b => [a, b]));
    for (const sets of [candidates.map(field => [field]), pairs]) {
      const best = sets
        .slice(0, MAX_TRIED)
        .map(set => keyOf(set, timesUs.length))
        .map(key => ({ key, rest: confusedRows(key.keyOfRow, timesUs) }))
        .filter(({ key, rest }) => rest <= confused / 4 && key.count <= timesUs.length / 2)
        .sort((a, b) => a.rest - b.rest || nameRank(a.key) - nameRank(b.key) || a.key.count - b.key.count)[0];
      if (best !== undefined) return best.key;
    }
  }
  const named = candidates.find(field => isNamed(field) && (field.type === 'symbol' || field.type === 'string'));
  return named === undefined ? none : keyOf([named], timesUs.length);
}

function isCandidate({ type, column, isFlag }: InferredField, rows: number): boolean {
  if (isFlag || (type !== 'symbol' && type !== 'int')) return false;
  if (type === 'int' && !KEY_NAME.test(column.path.at(-1)!)) return false;
  return column.cells.filter(cell => cell === null).length <= rows / 100;
}

/** Rows whose time is not later than that of the row before, of the same key. */
function confusedRows(keyOfRow: readonly string[], timesUs: readonly number[]): number {
  const lastUs = new Map<string, number>();
  let confused = 0;
  timesUs.forEach((us, row) => {
    const key = keyOfRow[row]!;
    if (us <= (lastUs.get(key) ?? -1)) confused++;
    if (!Number.isNaN(us)) lastUs.set(key, us);
  });
  return confused;
}

function keyOf(fields: readonly InferredField[], rows: number): InferredKey {
  const columns = fields.map(field => field.column);
  const keyOfRow = Array.from({ length: rows }, (_, row) => keyText(columns, row));
  return { fields, keyOfRow, count: new Set(keyOfRow).size };
}

function keyText(columns: readonly SampleColumn[], row: number): string {
  return JSON.stringify(columns.map(column => textOf(column.cells[row]!)));
}

function nameRank({ fields }: InferredKey): number {
  return fields.every(isNamed) ? 0 : 1;
}

function isNamed({ column }: InferredField): boolean {
  return KEY_NAME.test(column.path.at(-1)!);
}

const KEY_NAME =
  /device|machine|sensor|pump|motor|asset|equipment|unit|host|node|station|meter|serial|turbine|robot|vehicle|tag|channel|line|^id$|_id$|Id$|ID$|^name$|maschine|anlage|gerät|geraet/i;
const MIN_CONFUSED = 0.01;
const MAX_TRIED = 50;
