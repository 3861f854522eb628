import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WindowNode } from '../../dsl/plan.ts';
import { type Column, SymbolTable } from '../../engine/batch.ts';
import type { Frame, RowsOperator, Snapshot, View } from '../../engine/operator.ts';
import { createOperator } from '../../engine/operators/index.ts';
import { ArrivalTimers } from '../../engine/state/arrival-timers.ts';
import { KeyDictionary } from '../../engine/state/key-dictionary.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = ['a', 'b', 'c', 'd'];

type Entry = { readonly key: string; readonly timeUs: number; readonly value: number };

/** In order of time per key, with ties. */
const inputs = fc
  .array(fc.record({ key: fc.constantFrom(...KEYS), stepUs: fc.nat(6), value: fc.integer({ min: -9, max: 9 }) }), {
    maxLength: 40,
  })
  .map(steps => {
    let timeUs = 100;
    return steps.map(({ key, stepUs, value }): Entry => ({ key, timeUs: (timeUs += stepUs), value }));
  });

/** A window's node without what is the same for all. */
type Shape<N extends WindowNode = WindowNode> = N extends WindowNode ? Omit<N, 'id' | 'input' | 'aggregates'> : never;

const shapes = fc.constantFrom<Shape>(
  { kind: 'tumbling-window', sizeUs: 5 },
  { kind: 'hopping-window', sizeUs: 10, everyUs: 5 },
  { kind: 'hopping-window', sizeUs: 7, everyUs: 3 },
  { kind: 'hopping-window', sizeUs: 12, everyUs: 2 },
  { kind: 'session-window', gapUs: 8, maxUs: null },
  { kind: 'session-window', gapUs: 8, maxUs: null, emitEveryUs: 3 },
  { kind: 'hopping-window', sizeUs: 12, everyUs: 4, emitEveryUs: 5 },
  { kind: 'tumbling-window', sizeUs: 10, emitEveryUs: 2 },
  { kind: 'session-window', gapUs: 15, maxUs: 20 },
  { kind: 'state-window', from: 'isHigh', to: 'isLow', maxUs: null },
  { kind: 'state-window', from: 'isHigh', to: 'isLow', maxUs: 10 },
  { kind: 'count-window', size: 3, every: 3 },
  { kind: 'count-window', size: 7, every: 3 },
  { kind: 'count-window', size: 4, every: 1 },
);

describe("a window's state", () => {
  it('goes on in a window with other ids, from several snapshots', () => {
    fc.assert(
      fc.property(
        inputs,
        inputs,
        shapes,
        fc.boolean(),
        fc.shuffledSubarray(KEYS),
        (before, after, shape, timers, first) => {
          const whole = new WindowBench(shape, timers);
          whole.process(before);
          const second = KEYS.filter(key => !first.includes(key)).toReversed();
          const parts = [first, second].map(keys => ({ keys, snapshot: whole.snapshot(keys) }));

          const restored = new WindowBench(shape, timers);
          for (const key of ['x', 'y', ...second, ...first]) restored.idOf(key);
          // Rows of keys that another snapshot has too are left out.
          restored.restore(
            whole.snapshot([...first, ...second]),
            [...first, ...second].map(() => -1),
          );
          for (const { keys, snapshot } of parts) {
            restored.restore(
              snapshot,
              keys.map(key => restored.idOf(key)),
            );
          }
          const from = before.at(-1)?.timeUs ?? 0;
          const later = after.map(entry => ({ ...entry, timeUs: entry.timeUs + from }));
          expect(restored.process(later)).toEqual(whole.process(later));
          expect(restored.dueUs()).toEqual(whole.dueUs());
        },
      ),
      runs(),
    );
  });

  it('of a forgotten key is as if it had never been seen', () => {
    fc.assert(
      fc.property(
        inputs,
        inputs,
        shapes,
        fc.boolean(),
        fc.constantFrom(...KEYS),
        (before, after, shape, timers, key) => {
          const from = before.at(-1)?.timeUs ?? 0;
          const later = after.map(entry => ({ ...entry, timeUs: entry.timeUs + from }));
          const window = new WindowBench(shape, timers);
          window.process(before);
          window.forget(key);
          const never = new WindowBench(shape, timers);
          never.process(before.filter(entry => entry.key !== key));
          expect(window.dueUs()).toEqual(never.dueUs());
          expect(window.process(later)).toEqual(never.process(later));
        },
      ),
      runs(),
    );
  });

  it('stays as large as it is when keys come and are forgotten', () => {
    const all: readonly Shape[] = [
      { kind: 'tumbling-window', sizeUs: 5 },
      { kind: 'hopping-window', sizeUs: 10, everyUs: 5 },
      { kind: 'session-window', gapUs: 5, maxUs: null },
      { kind: 'count-window', size: 5, every: 2 },
    ];
    for (const shape of all) {
      const window = new WindowBench(shape, false);
      const sizesBytes = [1, 2, 3, 4].map(round => {
        const keys = Array.from({ length: 500 }, (_, i) => `${round}-${i}`);
        window.process(keys.map(key => ({ key, timeUs: round, value: 1 })));
        for (const key of keys) window.forget(key);
        return window.stateBytes;
      });
      expect(new Set(sizesBytes).size).toBe(1);
    }
  });
});

class WindowBench {
  readonly #symbols = new SymbolTable();
  readonly #keys: KeyDictionary;
  readonly #window: RowsOperator;

  constructor(shape: Shape, hasTimers: boolean) {
    this.#keys = new KeyDictionary([{ name: 'device', type: 'symbol' }], this.#symbols);
    const slots = new Map([
      ['value', 0],
      ['isHigh', 1],
      ['isLow', 2],
    ]);
    const frame = { id: 's', keys: this.#keys, addSlot: () => 1 };
    const input: View = { frame, mask: undefined, slots };
    const context = {
      input,
      symbols: this.#symbols,
      alerts: { emit: () => {} },
      downstream: { hasTimers, isWaitedFor: hasTimers, hasRekey: false, nextDueUs: () => Infinity },
      keys: this.#keys,
      outputKeys: this.#keys,
      outputSlots: [],
      clock: {
        lastArrivalUs: () => 0,
        isIdle: () => false,
        watermarkUs: () => 0,
        activeUs: 0,
        isPending: () => false,
        hasRuns: false,
        sourceKeysOf: () => [],
      },
      tableOf: (): never => expect.unreachable('a window looks nothing up'),
      arrivalTimers: new ArrivalTimers(),
      originOf: (): never => expect.unreachable('a window raises nothing'),
      isOfSourceKeys: true,
      silence: null,
      hasSeen: () => true,
    };
    const node: WindowNode = { ...shape, id: 'w', input: 's', aggregates: AGGREGATES };
    this.#window = createOperator(node, context) as RowsOperator; // as: a window's operator
  }

  get stateBytes(): number {
    return this.#window.stateBytes;
  }

  idOf(key: string): number {
    const values = Uint32Array.of(this.#symbols.idOf(key));
    return this.#keys.idOf([{ type: 'symbol', values, valid: undefined }], 0);
  }

  /** The entries of the frame that came out, in words. */
  process(entries: readonly Entry[]): unknown[] {
    const timeUs = Float64Array.from(entries, entry => entry.timeUs);
    const values = Float64Array.from(entries, entry => entry.value);
    const frame: Frame = {
      length: entries.length,
      keyIds: Uint32Array.from(entries, entry => this.idOf(entry.key)),
      timeUs,
      watermarkUs: timeUs,
      arrivalUs: timeUs,
      rows: undefined,
      hasRows: entries.length > 0,
      columns: [
        { type: 'float', values, valid: undefined },
        { type: 'bool', values: Uint8Array.from(values, value => Number(value > 4)), valid: undefined },
        { type: 'bool', values: Uint8Array.from(values, value => Number(value < -4)), valid: undefined },
      ],
    };
    const output = this.#window.process(frame);
    return output === undefined ? [] : Array.from({ length: output.length }, (_, i) => this.#entryOf(output, i));
  }

  dueUs(): unknown[] {
    return KEYS.map(key => [this.#window.nextDueUs?.(this.idOf(key)), this.#window.hasRowsToCome(this.idOf(key))]);
  }

  snapshot(keys: readonly string[]): Snapshot {
    return structuredClone(this.#window.snapshot(Uint32Array.from(keys, key => this.idOf(key)))) as Snapshot;
  }

  restore(snapshot: Snapshot, keyIds: readonly number[]): void {
    this.#window.restore(snapshot, Int32Array.from(keyIds));
  }

  /** The id is another key's from then on. */
  forget(key: string): void {
    const keyId = this.idOf(key);
    this.#window.forget(keyId);
    this.#keys.forget(keyId);
  }

  #entryOf(output: Frame, i: number): unknown {
    const key = this.#keys.values(output.keyIds[i]!)['device'];
    const isRow = output.rows === undefined || output.rows[i] === 1;
    if (!isRow) return { key, watermarkUs: output.watermarkUs[i], arrivalUs: output.arrivalUs[i] };
    const values = output.columns.slice(1).map(column => column as Column);
    return { key, timeUs: output.timeUs[i], values: values.map(column => column.valid?.[i] !== 0 && column.values[i]) };
  }
}

const AGGREGATES = [
  { name: '#count', aggregate: 'count', arguments: [], type: 'int' },
  { name: '#avg', aggregate: 'avg', arguments: ['value'], type: 'float' },
  { name: '#median', aggregate: 'median', arguments: ['value'], type: 'float' },
  { name: '#mode', aggregate: 'mode', arguments: ['value'], type: 'float' },
] as const;
