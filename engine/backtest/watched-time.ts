import type { Field, Plan, RuleNode, SelectNode, SourceNode, StoreNode } from '../../dsl/plan.ts';
import { type Column, readScalar, type SymbolTable } from '../batch.ts';
import type { RowBatch, RowPart } from '../connector.ts';
import { Identities, PlanIdentity } from '../plan-change/plan-identity.ts';
import { wantedRows } from '../runtime/history/wanted-rows.ts';
import { PlanReaders } from '../runtime/workers/plan-readers.ts';

/** How long, and of how many keys: what false alarms are counted over. */
export type Watched = {
  readonly keys: number;
  readonly keyDays: number;
  /** Of the first and the last event; Infinity and −Infinity: there is none. */
  readonly firstUs: number;
  readonly lastUs: number;
};

/** How often something happened for each key and day; null: nothing says over how long. */
export function perKeyDay(count: number, { keyDays }: Watched): number | null {
  return keyDays > 0 ? count / keyDays : null;
}

/**
 * For how long the keys of rules were watched: each from its first event to its last. A key of a rule is what its sources' events say
 * of the fields of it; a rule whose key they do not have is watched by theirs. `nodes` stand in a plan that is run, behind its own,
 * and the rows of their series are heard. Memory: for each key.
 */
export class WatchedTime {
  readonly #watches = new Map<string, Watch>(); // by stream
  readonly #streamsOf = new Map<string, readonly string[]>(); // by rule

  constructor(plan: Plan) {
    const readers = new PlanReaders(plan);
    const rules = plan.nodes.filter(node => node.kind === 'rule');
    const identity = new PlanIdentity(plan, { ids: new Identities(), rowsOf: () => 0 });
    const sources = new Map(plan.nodes.flatMap(node => (node.kind === 'source' ? [[node.id, node] as const] : [])));
    for (const rule of rules) {
      const key = identity.keyOf(rule.input);
      const behind = readers.sourcesOf(rule).flatMap(id => sources.get(id) ?? []);
      this.#streamsOf.set(rule.name, [...new Set(behind.map(source => this.#watch(source, namesIn(source, key))))]);
    }
  }

  /** Streams of the sources' events, as if they were stored. */
  get nodes(): readonly (SelectNode | StoreNode)[] {
    return [...this.#watches.values()].flatMap(({ select }) => [select, wantedRows(select.id)]);
  }

  hear(batch: RowBatch): void {
    this.#watches.get(batch.stream)?.times.hear(batch);
  }

  /** Of these rules: of the keys that were watched the longest, where they have different ones. */
  of(rules: readonly RuleNode['name'][]): Watched {
    const streams = new Set(rules.flatMap(rule => this.#streamsOf.get(rule) ?? []));
    let most = NOTHING;
    let [firstUs, lastUs] = [Infinity, -Infinity];
    for (const stream of streams) {
      const watched = this.#watches.get(stream)!.times.sum();
      firstUs = Math.min(firstUs, watched.firstUs);
      lastUs = Math.max(lastUs, watched.lastUs);
      if (watched.keyDays > most.keyDays || (watched.keyDays === most.keyDays && watched.keys > most.keys))
        most = watched;
    }
    return { ...most, firstUs, lastUs };
  }

  #watch(source: SourceNode, names: readonly string[]): string {
    const id = `watched:${JSON.stringify([source.id, ...names])}`;
    if (!this.#watches.has(id)) {
      const others = source.fields.filter(({ name }) => names.includes(name) && !source.key.includes(name));
      const fields = others.map(({ name, type }) => ({ name, type, column: name }));
      const select: SelectNode = { kind: 'select', id, input: source.id, fields };
      this.#watches.set(id, { select, times: new KeyTimes(names) });
    }
    return id;
  }
}

type Watch = { readonly select: SelectNode; readonly times: KeyTimes };

/** Names of the key's fields, where the events have all of them; else those of the source's own key. */
function namesIn(source: SourceNode, key: readonly Field[]): readonly string[] {
  const isThere = key.every(({ name }) => source.fields.some(field => field.name === name));
  return isThere ? key.map(({ name }) => name).sort() : source.key;
}

/** When each key was first and last heard of. */
class KeyTimes {
  readonly #names: readonly string[];
  readonly #times = new Map<string, KeyTime>();

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  hear({ fields, columnar }: RowBatch): void {
    if (columnar === undefined) throw new Error('MR9001: rows of a select stand in columns');
    const places = this.#names.map(name => fields.findIndex(field => field.name === name));
    for (const part of columnar.parts) {
      const columns = places.map(place => columnAt(part, place));
      for (const [row, time] of timesOf(part, columns)) this.#add(textOf(columns, row, columnar.symbols), time);
    }
  }

  sum(): Watched {
    let us = 0;
    let [firstOfAllUs, lastOfAllUs] = [Infinity, -Infinity];
    for (const { firstUs, lastUs } of this.#times.values()) {
      us += lastUs - firstUs;
      firstOfAllUs = Math.min(firstOfAllUs, firstUs);
      lastOfAllUs = Math.max(lastOfAllUs, lastUs);
    }
    return { keys: this.#times.size, keyDays: us / DAY_US, firstUs: firstOfAllUs, lastUs: lastOfAllUs };
  }

  #add(key: string, { firstUs, lastUs }: KeyTime): void {
    const known = this.#times.get(key);
    if (known === undefined) {
      this.#times.set(key, { firstUs, lastUs });
    } else {
      known.firstUs = Math.min(known.firstUs, firstUs);
      known.lastUs = Math.max(known.lastUs, lastUs);
    }
  }
}

type KeyTime = { firstUs: number; lastUs: number };

/** By the first row of each key. Values are compared as they stand in the columns: symbols are numbers there, the same within a part. */
function timesOf({ length, timeUs }: RowPart, columns: readonly Column[]): ReadonlyMap<number, KeyTime> {
  const first = new Map<string | number, number>();
  const times = new Map<number, KeyTime>();
  const [only] = columns;
  for (let row = 0; row < length; row++) {
    const key = columns.length === 1 ? valueAt(only!, row) : columns.map(column => valueAt(column, row)).join(' ');
    let found = first.get(key);
    if (found === undefined) {
      found = row;
      first.set(key, row);
      times.set(row, { firstUs: timeUs[row]!, lastUs: timeUs[row]! });
    }
    const time = times.get(found)!;
    if (timeUs[row]! < time.firstUs) time.firstUs = timeUs[row]!;
    if (timeUs[row]! > time.lastUs) time.lastUs = timeUs[row]!;
  }
  return times;
}

function valueAt(column: Column, row: number): string | number {
  return column.valid?.[row] === 0 ? 'null' : column.values[row]!;
}

function textOf(columns: readonly Column[], row: number, symbols: SymbolTable): string {
  return JSON.stringify(columns.map(column => readScalar(column, row, symbols)));
}

function columnAt({ key, columns }: RowPart, place: number): Column {
  return place < key.length ? key[place]! : columns[place - key.length]!;
}

const NOTHING: Watched = { keys: 0, keyDays: 0, firstUs: Infinity, lastUs: -Infinity };
const DAY_US = 86_400_000_000;
