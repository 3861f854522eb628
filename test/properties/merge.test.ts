import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MergeNode } from '../../dsl/plan.ts';
import { type Column, createColumn, SymbolTable } from '../../engine/batch.ts';
import type { Frame, Operator, Snapshot } from '../../engine/operator.ts';
import { FramePipeline } from '../../engine/runtime/frame-pipeline.ts';
import { MergeInput } from '../../engine/runtime/merge/merge-input.ts';
import { mergedFields } from '../../engine/runtime/merge/merged-rows.ts';
import { MergedStream } from '../../engine/runtime/merge/merged-stream.ts';
import { KeyDictionary } from '../../engine/state/key-dictionary.ts';
import { type Handed, type InputDelays, mergedOrder, type ToldEntry } from '../oracle/merged-order.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = 2;
const MS = 1_000;

const delays = fc.record<InputDelays>({
  latenessMs: fc.constantFrom(0, 0, 3, 7),
  quietMs: fc.constantFrom(0, 5, 12, Infinity),
});

type KeyedEntry = ToldEntry & { readonly key: number };

const steps = fc.array(
  fc.record({
    input: fc.nat(2),
    key: fc.nat(KEYS - 1),
    waitMs: fc.constantFrom(0, 0, 1, 1, 2, 4, 9, 30),
    /** How far the key's time there goes on. */
    stepMs: fc.constantFrom(0, 0, 1, 2, 5, 12),
    /** How long the row's event has waited for its own stream. */
    heldMs: fc.constantFrom(0, 0, 2, 5),
    isRow: fc.boolean(),
  }),
  { maxLength: 25 },
);

const cases = fc.record({
  delays: fc.array(delays, { minLength: 2, maxLength: 3 }),
  steps,
  dueMs: fc.constantFrom(1, 4, 10),
  /** Which input is read next, how many entries of it; before that it may be restored. */
  reads: fc.array(fc.record({ input: fc.nat(2), count: fc.integer({ min: 1, max: 4 }), isRestored: fc.boolean() }), {
    maxLength: 40,
  }),
});

it('entries of several inputs are handed over in one order, and time comes on, as the oracle says, however they are read', () => {
  fc.assert(
    fc.property(cases, ({ delays: all, steps: some, dueMs, reads }) => {
      const entries = entriesOf(some, all.length);
      const endMs = (entries.at(-1)?.arrivalMs ?? 0) + 40;
      const run = new Run(all, dueMs);
      for (const read of reads) {
        if (read.isRestored) run.restore();
        if (read.input < all.length)
          run.read(
            read.input,
            entries.filter(({ input }) => input === read.input),
            read.count,
          );
      }
      all.forEach((_, input) =>
        run.read(
          input,
          entries.filter(entry => entry.input === input),
          Infinity,
        ),
      );
      run.end(endMs);
      let late = 0;
      for (let key = 0; key < KEYS; key++) {
        const own = entries.filter(entry => entry.key === key);
        const expected = mergedOrder(own, { delays: all, dueMs, endMs });
        late += expected.late;
        expect(run.handedOf(key), `key ${key}`).toEqual(expected.handed);
      }
      expect(run.late).toBe(late);
    }),
    runs(120),
  );
});

/** In order of arrival; the time of an input's key never falls. */
function entriesOf(
  all: readonly (typeof steps extends fc.Arbitrary<infer S> ? S : never)[number][],
  inputs: number,
): KeyedEntry[] {
  const timesMs = new Map<string, number>();
  const cameBeforeMs = new Map<string, number>();
  let arrivalMs = 50;
  return all.flatMap(({ input, key, waitMs, stepMs, heldMs, isRow }, i): KeyedEntry[] => {
    if (input >= inputs) return [];
    arrivalMs += waitMs;
    const name = `${input} ${key}`;
    const timeMs = Math.min((timesMs.get(name) ?? arrivalMs - 10) + stepMs, arrivalMs);
    timesMs.set(name, timeMs);
    // Of one time rows come as they have arrived; else one may have waited while a newer event came.
    const cameMs = isRow ? Math.max(timeMs, arrivalMs - heldMs, cameBeforeMs.get(`${name} ${timeMs}`) ?? 0) : arrivalMs;
    cameBeforeMs.set(`${name} ${timeMs}`, cameMs);
    return [{ input, key, timeMs, cameMs, arrivalMs, value: isRow ? i : null }];
  });
}

/** A merge of inputs whose frames are made by hand, and what it hands over to the one operator behind it. */
class Run {
  readonly #delays: readonly InputDelays[];
  readonly #dueMs: number;
  readonly #handed = new Map<number, Handed[]>(); // by key
  readonly #node: MergeNode;
  #clocks: { nowUs: number; isFinished: boolean }[];
  #next: number[];
  #built: Built;

  constructor(all: readonly InputDelays[], dueMs: number) {
    this.#delays = all;
    this.#dueMs = dueMs;
    this.#node = {
      kind: 'merge',
      id: 'merge',
      key: [{ name: 'id', type: 'int' }],
      inputs: all.map(({ latenessMs }, i) => ({
        input: `i${i}`,
        isHere: `i${i}#here`,
        columns: [{ name: `i${i}#value`, column: 'value', type: 'float' }],
        latenessUs: latenessMs * MS,
      })),
    };
    this.#clocks = all.map(() => ({ nowUs: -Infinity, isFinished: false }));
    this.#next = all.map(() => 0);
    this.#built = this.#build();
  }

  get late(): number {
    return this.#built.merged.late.reduce((sum, late) => sum + late, 0);
  }

  handedOf(key: number): readonly Handed[] {
    return this.#handed.get(key) ?? [];
  }

  read(input: number, own: readonly KeyedEntry[], count: number): void {
    const from = this.#next[input]!;
    const some = own.slice(from, from + count);
    if (some.length === 0) return;
    this.#next[input] = from + some.length;
    this.#built.inputs[input]!.process(this.#frameOf(some, this.#built.keys[input]!));
    this.#clocks[input]!.nowUs = some.at(-1)!.arrivalMs * MS;
    this.#built.merged.advance();
  }

  end(endMs: number): void {
    for (const clock of this.#clocks) clock.nowUs = endMs * MS;
    this.#built.merged.advance();
    for (const clock of this.#clocks) clock.isFinished = true;
    this.#built.merged.advance();
  }

  restore(): void {
    const { merged, recorder } = this.#built;
    const ids = merged.pipeline.keys.inOrder();
    const stored = structuredClone({
      keys: merged.pipeline.keys.snapshot(ids),
      stream: merged.snapshot(),
      ofKeys: merged.snapshotKeys(ids),
      recorder: recorder.snapshot(ids),
    });
    this.#built = this.#build();
    const next = this.#built;
    const restored = next.merged.pipeline.keys.restore(stored.keys as Snapshot);
    next.merged.restore(stored.stream as Snapshot);
    next.merged.restoreKeys(stored.ofKeys as Snapshot, restored);
    next.recorder.restore(stored.recorder as Snapshot, restored);
    next.merged.resume();
  }

  #frameOf(entries: readonly KeyedEntry[], keys: KeyDictionary): Frame {
    const timeUs = Float64Array.from(entries, ({ timeMs }) => timeMs * MS);
    return {
      length: entries.length,
      keyIds: Uint32Array.from(entries, ({ key }) => keys.idOf([intColumn(key)], 0)),
      timeUs,
      watermarkUs: timeUs,
      arrivalUs: Float64Array.from(entries, ({ arrivalMs }) => arrivalMs * MS),
      cameUs: Float64Array.from(entries, ({ cameMs }) => cameMs * MS),
      rows: Uint8Array.from(entries, ({ value }) => (value === null ? 0 : 1)),
      hasRows: entries.some(({ value }) => value !== null),
      columns: [
        { type: 'float', values: Float64Array.from(entries, ({ value }) => value ?? Number.NaN), valid: undefined },
      ],
    };
  }

  #build(): Built {
    const symbols = new SymbolTable();
    const pipeline = new FramePipeline('merge', new KeyDictionary(this.#node.key, symbols));
    const timelines = this.#delays.map(({ quietMs }, i) => fakeTimeline(this.#clocks[i]!, quietMs * MS));
    const merged = new MergedStream({
      node: this.#node,
      inputs: timelines.map((timeline, i) => ({ latenessUs: this.#delays[i]!.latenessMs * MS, timeline })),
      pipeline,
      sources: [],
      expireUs: Infinity,
    });
    for (const _ of mergedFields(this.#node)) pipeline.addSlot();
    const recorder = new Recorder(pipeline.keys, this.#dueMs * MS, (key, handed) => {
      const known = this.#handed.get(key);
      if (known === undefined) this.#handed.set(key, [handed]);
      else known.push(handed);
    });
    pipeline.addOperator(recorder, undefined);
    const keys = this.#delays.map(() => new KeyDictionary(this.#node.key, symbols));
    const view = { frame: pipeline, mask: undefined, slots: new Map([['value', 0]]) };
    const inputs = keys.map(
      (own, place) => new MergeInput({ node: this.#node, place, view, keys: own, merged, tellsTime: true }),
    );
    return { merged, inputs, keys, recorder };
  }
}

type Built = {
  readonly merged: MergedStream;
  readonly inputs: readonly MergeInput[];
  readonly keys: readonly KeyDictionary[];
  readonly recorder: Recorder;
};

/** With each row something comes due, after so much of its time. */
class Recorder implements Operator {
  readonly node = {
    kind: 'compute',
    id: 'recorder',
    input: 'merge',
    expression: { kind: 'literal', type: 'bool', value: true },
  } as const;
  readonly memory = { bytesPerKey: 0, plus: null };
  readonly stateBytes = 0;
  readonly #keys: KeyDictionary;
  readonly #dueUs: number;
  readonly #note: (key: number, handed: Handed) => void;
  readonly #dues = new Map<number, number[]>(); // by key id

  constructor(keys: KeyDictionary, dueUs: number, note: (key: number, handed: Handed) => void) {
    this.#keys = keys;
    this.#dueUs = dueUs;
    this.#note = note;
  }

  process({ length, keyIds, timeUs, watermarkUs, arrivalUs, rows, columns }: Frame): undefined {
    for (let i = 0; i < length; i++) {
      const keyId = keyIds[i]!;
      const key = this.#keys.columns[0]!.values[keyId] as number; // as: an int
      const atMs = arrivalUs[i]! / MS;
      const dues = this.#dues.get(keyId) ?? [];
      this.#dues.set(
        keyId,
        dues.filter(dueUs => dueUs > watermarkUs[i]!),
      );
      for (const dueUs of dues.filter(due => due <= watermarkUs[i]!).sort((a, b) => a - b)) {
        this.#note(key, { kind: 'due', timeMs: dueUs / MS, atMs });
      }
      if (rows !== undefined && rows[i] === 0) continue;
      this.#dues.get(keyId)!.push(timeUs[i]! + this.#dueUs);
      this.#note(key, { kind: 'row', value: valueAt(columns, i), timeMs: timeUs[i]! / MS, atMs });
    }
  }

  nextDueUs(keyId: number): number {
    return Math.min(Infinity, ...(this.#dues.get(keyId) ?? []));
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return { dues: Array.from(keyIds, keyId => [...(this.#dues.get(keyId) ?? [])]) };
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    const dues = snapshot['dues'] as readonly number[][];
    keyIds.forEach((keyId, i) => this.#dues.set(keyId, [...dues[i]!]));
  }

  forget(): void {}
}

/** Of the one input whose row it is: the others are not here, and null. */
function valueAt(columns: Frame['columns'], row: number): number {
  const values: number[] = [];
  for (let c = 1; c < columns.length; c += 2) {
    const isHere = columns[c]!.values[row] === 1;
    expect(columns[c + 1]!.valid![row]).toBe(isHere ? 1 : 0);
    if (isHere) values.push(columns[c + 1]!.values[row] as number); // as: a float
  }
  expect(values).toHaveLength(1);
  return values[0]!;
}

function intColumn(value: number): Column {
  const column = createColumn('int', 1);
  column.values[0] = value;
  return column;
}

function fakeTimeline(clock: { nowUs: number; isFinished: boolean }, quietUs: number) {
  return {
    quietUs,
    addFollower() {},
    get nowUs() {
      return clock.nowUs;
    },
    get isFinished() {
      return clock.isFinished;
    },
  };
}
