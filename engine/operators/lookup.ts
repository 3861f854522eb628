import type { LookupNode } from '../../dsl/plan.ts';
import { type Column, createColumn, readScalar, type SymbolTable } from '../batch.ts';
import type { Frame, Operator, OperatorContext } from '../operator.ts';
import type { TableReplica } from '../state/table-replica.ts';
import { tableKey, type Version, versionAt } from '../state/table-versions.ts';

/** Puts fields of a table's row, as of each row's time, into their slots. benchmark: throughput */
export function createLookup(
  node: LookupNode,
  { input, symbols }: OperatorContext,
  { table, outputSlots }: { readonly table: TableReplica; readonly outputSlots: readonly number[] },
): Operator {
  const keySlots = node.key.map(column => input.slots.get(column));
  const places = node.fields.map(({ field }) => table.node.fields.findIndex(({ name }) => name === field));
  const finder = new RowFinder(table, symbols);
  return {
    node,
    memory: { bytesPerKey: 0, plus: `the rows of the table ${node.table}` },
    process(frame) {
      if (!frame.hasRows) return undefined;
      const key = keySlots.map(slot => (slot === undefined ? timeColumn(frame) : frame.columns[slot]!));
      const columns = node.fields.map(({ type }) => createColumn(type, frame.length));
      finder.start();
      for (let i = 0; i < frame.length; i++) {
        if (frame.rows?.[i] === 0 && frame.early?.[i] !== 1) continue;
        const row = versionAt(finder.versionsOf(key, i), frame.timeUs[i]!)?.row ?? null;
        for (let f = 0; f < columns.length; f++) write(columns[f]!, i, row?.[places[f]!] ?? null);
      }
      outputSlots.forEach((slot, f) => (frame.columns[slot] = columns[f]!));
      return undefined;
    },
    snapshot: () => ({}),
    restore: () => {},
    forget: () => {},
    stateBytes: 0,
  };
}

/** Finds the versions of a row by its key. One symbol's are found by an array, until the table changes. */
class RowFinder {
  readonly #table: TableReplica;
  readonly #symbols: SymbolTable;
  #bySymbol: (readonly Version[] | null)[] = []; // bound: the symbols that there are
  #changes = -1;

  constructor(table: TableReplica, symbols: SymbolTable) {
    this.#table = table;
    this.#symbols = symbols;
  }

  start(): void {
    if (this.#changes === this.#table.changes) return;
    this.#changes = this.#table.changes;
    this.#bySymbol = [];
  }

  versionsOf(key: readonly Column[], i: number): readonly Version[] | undefined {
    const [first] = key;
    if (key.length > 1 || first!.type !== 'symbol' || first!.valid?.[i] === 0) return this.#find(key, i);
    const symbol = first!.values[i]!;
    let found = this.#bySymbol[symbol];
    if (found === undefined) this.#bySymbol[symbol] = found = this.#find(key, i) ?? null;
    return found ?? undefined;
  }

  #find(key: readonly Column[], i: number): readonly Version[] | undefined {
    return this.#table.versions.versionsOf(tableKey(key.map(column => readScalar(column, i, this.#symbols))));
  }
}

function write(column: Column, i: number, value: Version['key'][number]): void {
  if (value === null) {
    column.valid ??= new Uint8Array(column.values.length).fill(1);
    column.valid[i] = 0;
  } else {
    column.values[i] = value as never; // as: the replica has it as the column does
  }
}

function timeColumn({ timeUs }: Frame): Column {
  return { type: 'time', values: timeUs, valid: undefined };
}
