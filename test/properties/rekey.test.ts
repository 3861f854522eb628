import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createColumn, SymbolTable } from '../../engine/batch.ts';
import type { Frame, Snapshot } from '../../engine/operator.ts';
import { Rekey } from '../../engine/operators/rekey.ts';
import { KeyDictionary } from '../../engine/state/key-dictionary.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = 4;
const SITES = 3;
const ACTIVE_US = 10;

type Entry = {
  readonly key: number;
  readonly stepUs: number;
  /** Null: it only moves time. */
  readonly site: number | null;
  /** A pane of the key is open from here on. */
  readonly isPending: boolean;
  /** Its rows were held up: it was not heard of just now. */
  readonly isHeard: boolean;
};

type TimedEntry = Pick<Entry, 'key' | 'site'> & { readonly timeUs: number; readonly value: number };

const frames = fc.array(
  fc.record({
    waitUs: fc.constantFrom(0, 1, 3, 12, 40),
    isRestored: fc.boolean(),
    /** A key that the clock wakes for something else, now and then. */
    other: fc.option(fc.nat(KEYS - 1)),
    entries: fc.array(
      fc.record<Entry>({
        key: fc.nat(KEYS - 1),
        stepUs: fc.constantFrom(0, 0, 1, 2, 5, 30),
        site: fc.option(fc.nat(SITES - 1), { freq: 3 }),
        isPending: fc.boolean(),
        isHeard: fc.boolean(),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  }),
  { maxLength: 30 },
);

/** MEANING.md 6 and docs/decisions/0004, computed anew at each instant from all that is known of the keys. */
class Oracle {
  readonly rows: string[] = [];
  late = 0;
  readonly lastArrivalUs = new Array<number>(KEYS).fill(-Infinity);
  readonly isPending = new Array<boolean>(KEYS).fill(false);
  readonly #toldUs = new Array<number>(KEYS).fill(-Infinity);
  readonly #toldAtUs = new Array<number>(KEYS).fill(0);
  readonly #isActive = new Array<boolean>(KEYS).fill(false);
  readonly #sites = Array.from({ length: KEYS }, () => new Set<number>());
  readonly #siteUs = new Array<number>(SITES).fill(-Infinity);
  #waiting: { readonly site: number; readonly timeUs: number; readonly value: number }[] = [];

  /** As it was told, and on with the clock after a while. */
  watermarkUs(key: number, atUs: number): number {
    return this.#toldUs[key]! + Math.max(0, atUs - this.#toldAtUs[key]! - ACTIVE_US);
  }

  /** Nothing but the clock moves: to each instant in turn. */
  arrive(nowUs: number): void {
    for (let key = 0; key < KEYS; key++) {
      if (!this.isPending[key] && this.lastArrivalUs[key]! + ACTIVE_US <= nowUs) this.#isActive[key] = false;
    }
    this.#moveSites(nowUs);
  }

  handle(entries: readonly TimedEntry[], nowUs: number): void {
    for (const { key, site, timeUs, value } of entries) {
      this.#toldUs[key] = timeUs;
      this.#toldAtUs[key] = nowUs;
      if (this.lastArrivalUs[key]! + ACTIVE_US > nowUs || this.isPending[key]) this.#isActive[key] = true;
      if (site === null) continue;
      this.#sites[key]!.add(site);
      if (timeUs < this.#siteUs[site]!) this.late++;
      else this.#waiting.push({ site, timeUs, value });
    }
    this.#moveSites(nowUs);
  }

  #moveSites(nowUs: number): void {
    const keys = Array.from({ length: KEYS }, (_, key) => key).filter(key => this.#toldUs[key]! > -Infinity);
    const timesOf = (some: readonly number[]) => some.map(key => this.#toldUs[key]!);
    const unplacedUs = Math.min(
      ...timesOf(keys.filter(key => this.#isActive[key] && this.#sites[key]!.size === 0)),
      Infinity,
    );
    for (let site = 0; site < SITES; site++) {
      const members = keys.filter(key => this.#sites[key]!.has(site));
      const active = timesOf(members.filter(key => this.#isActive[key]));
      const furthestUs = Math.max(...members.map(key => this.watermarkUs(key, nowUs)), -Infinity);
      const ownUs = active.length > 0 ? Math.min(...active) : furthestUs;
      const toUs = Math.max(Math.min(ownUs, unplacedUs), this.#siteUs[site]!); // nothing older than that comes
      this.#siteUs[site] = toUs;
      const due = this.#waiting.filter(row => row.site === site && row.timeUs <= toUs);
      this.#waiting = this.#waiting.filter(row => !due.includes(row));
      for (const { timeUs, value } of due.sort((a, b) => a.timeUs - b.timeUs))
        this.rows.push(`${site}: ${timeUs} ${value}`);
    }
  }
}

it('a site follows its keys that are not idle, or the clock, whatever one instant says of several keys', () => {
  fc.assert(
    fc.property(frames, all => {
      const symbols = new SymbolTable();
      const keys = new KeyDictionary([{ name: 'id', type: 'int' }], symbols);
      const oracle = new Oracle();
      const start = () => createRekey(keys, symbols, oracle);
      const rows: string[] = [];
      let rekey = start();
      let nowUs = 0;
      for (let key = 0; key < KEYS; key++) keys.idOf([intColumn([key])], 0);
      /** What is due of keys by the clock, and of one that something else has woken. */
      const wake = (other: number | null) => {
        const due = [0, 1, 2, 3].filter(key => {
          return key === other || rekey.nextDueUs(key) <= oracle.watermarkUs(key, nowUs);
        });
        const entries = due.flatMap(key => {
          const timeUs = oracle.watermarkUs(key, nowUs);
          return timeUs === -Infinity ? [] : [{ key, site: null, timeUs, value: 0 }];
        });
        if (entries.length > 0) rows.push(...rowsOf(rekey.process({ ...frameOf(entries, nowUs), cause: 'clock' })));
      };
      for (const { waitUs, isRestored, other, entries } of all) {
        if (isRestored) rekey = restored(rekey, start());
        for (let step = 0; step < waitUs; step++) {
          nowUs++;
          if (rekey.nextArrivalUs() <= nowUs) rows.push(...rowsOf(rekey.arrive(nowUs)));
          wake(step % 4 === 2 ? other : null);
          oracle.arrive(nowUs);
        }
        const comingUs = new Map<number, number>();
        const timed = entries.map((entry, i) => {
          const fromUs = Math.max(comingUs.get(entry.key) ?? 0, oracle.watermarkUs(entry.key, nowUs));
          const timeUs = fromUs + entry.stepUs;
          comingUs.set(entry.key, timeUs);
          return { ...entry, timeUs, value: i };
        });
        for (const { key, isHeard, isPending } of entries) {
          if (isHeard) oracle.lastArrivalUs[key] = nowUs;
          oracle.isPending[key] = isPending;
        }
        for (const { key } of entries) rekey.beforeEvent(key, nowUs);
        oracle.handle(timed, nowUs); // their clocks have seen what comes
        rows.push(...rowsOf(rekey.process(frameOf(timed, nowUs))));
        expect(bySite(rows)).toEqual(bySite(oracle.rows));
        expect(rekey.lateCount).toBe(oracle.late);
      }
    }),
    runs(),
  );
});

/** Rows of one site stay in their order. */
function bySite(rows: readonly string[]): string[] {
  return rows.toSorted((a, b) => Number(a[0]) - Number(b[0]));
}

function createRekey(keys: KeyDictionary, symbols: SymbolTable, oracle: Oracle): Rekey {
  const fields = [
    { name: 'site', type: 'int' },
    { name: 'value', type: 'int' },
  ] as const;
  return new Rekey(
    { kind: 'rekey', id: 'r', input: 's', by: ['site'], fields },
    {
      input: {
        frame: { id: 's', keys, addSlot: () => 2 },
        mask: undefined,
        slots: new Map(fields.map(({ name }, slot) => [name, slot])),
      },
      symbols,
      alerts: { emit: () => {} },
      downstream: { hasTimers: true, isWaitedFor: true, hasRekey: false, nextDueUs: () => Infinity },
      keys,
      outputKeys: new KeyDictionary([fields[0]], symbols),
      silence: null,
      clock: {
        lastArrivalUs: keyId => oracle.lastArrivalUs[keyId]!,
        isIdle: () => false,
        watermarkUs: (keyId, atUs) => oracle.watermarkUs(keyId, atUs),
        activeUs: ACTIVE_US,
        isPending: keyId => oracle.isPending[keyId]!,
        hasRuns: false,
        sourceKeysOf: keyId => [keyId],
      },
    },
  );
}

function restored(from: Rekey, to: Rekey): Rekey {
  const keyIds = Uint32Array.from({ length: KEYS }, (_, key) => key);
  to.restore(structuredClone(from.snapshot(keyIds)) as Snapshot, Int32Array.from(keyIds));
  return to;
}

function frameOf(entries: readonly TimedEntry[], nowUs: number): Frame {
  const timeUs = Float64Array.from(entries, entry => entry.timeUs);
  return {
    length: entries.length,
    keyIds: Uint32Array.from(entries, entry => entry.key),
    timeUs,
    watermarkUs: timeUs,
    arrivalUs: new Float64Array(entries.length).fill(nowUs),
    rows: Uint8Array.from(entries, entry => (entry.site === null ? 0 : 1)),
    hasRows: entries.some(entry => entry.site !== null),
    columns: [intColumn(entries.map(entry => entry.site ?? 0)), intColumn(entries.map(entry => entry.value))],
  };
}

function intColumn(values: readonly number[]) {
  const column = createColumn('int', values.length);
  values.forEach((value, i) => (column.values[i] = value));
  return column;
}

function rowsOf(frame: Frame | undefined): string[] {
  if (frame === undefined || !frame.hasRows) return [];
  const [sites, values] = frame.columns.map(column => column!.values);
  return Array.from({ length: frame.length }, (_, i) => i)
    .filter(i => frame.rows![i] === 1)
    .map(i => `${sites![i]}: ${frame.timeUs[i]} ${values![i]}`);
}
