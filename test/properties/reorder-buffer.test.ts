import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Column, createColumn } from '../../engine/batch.ts';
import type { Frame, Snapshot } from '../../engine/operator.ts';
import { ReorderBuffer } from '../../engine/state/reorder-buffer.ts';
import { RowOutput } from '../../engine/state/row-output.ts';
import { runs } from '../oracle/runs.ts';

const KEYS = 3;

type Waiting = { readonly timeUs: number; readonly arrivalUs: number; readonly value: string | null };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('add' as const),
        key: fc.nat(KEYS - 1),
        timeUs: fc.nat(9),
        value: fc.option(fc.string()),
        isOfBatch: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('take' as const), key: fc.nat(KEYS - 1), isOfFrame: fc.boolean() }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('forget' as const), key: fc.nat(KEYS - 1) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), leftOut: fc.nat(KEYS - 1) }) },
  ),
  { maxLength: 60 },
);

it('rows wait in order of time and arrival, also in a buffer that takes them over under other ids', () => {
  fc.assert(
    fc.property(steps, all => {
      let buffer = new ReorderBuffer();
      let idOf = Array.from({ length: KEYS }, (_, key) => key);
      const model: Waiting[][] = idOf.map(() => []);
      let arrivalUs = 100;
      for (const step of all) {
        arrivalUs++;
        switch (step.kind) {
          case 'add': {
            const row = { timeUs: step.timeUs, arrivalUs, value: step.value };
            const columns = [columnOf(step.value)];
            if (step.isOfBatch) {
              buffer.addRow(idOf[step.key]!, row.timeUs, arrivalUs, 1);
              buffer.finish(new RowOutput().frame, columns);
            } else {
              buffer.add(idOf[step.key]!, row, columns, 1);
            }
            const waiting = model[step.key]!;
            const later = waiting.findIndex(other => other.timeUs > row.timeUs);
            waiting.splice(later < 0 ? waiting.length : later, 0, row);
            break;
          }
          case 'take': {
            const oldest = model[step.key]!.shift();
            expect(buffer.oldestUs(idOf[step.key]!)).toBe(oldest?.timeUs ?? Infinity);
            if (oldest === undefined) break;
            const take = step.isOfFrame ? takenWithFrame : takenFrom;
            expect(take(buffer, idOf[step.key]!)).toEqual([oldest.timeUs, oldest.value]);
            break;
          }
          case 'forget':
            buffer.forget(idOf[step.key]!);
            model[step.key] = [];
            break;
          case 'restore': {
            const snapshot = structuredClone(buffer.snapshot(Uint32Array.from(idOf))) as Snapshot;
            buffer = new ReorderBuffer();
            idOf = idOf.map(id => (id + 2) % (KEYS + 2));
            buffer.restore(
              snapshot,
              Int32Array.from(idOf, (id, key) => (key === step.leftOut ? -1 : id)),
            );
            model[step.leftOut] = [];
            break;
          }
        }
      }
      buffer.resume();
      const slots = Array.from({ length: buffer.end }, (_, slot) => slot);
      const found = slots.map(slot => ({
        key: idOf.indexOf(buffer.keyIds[slot]!),
        timeUs: buffer.timeUs[slot],
        arrivalUs: buffer.arrivalUs[slot],
      }));
      const expected = model.flatMap((rows, key) =>
        rows.map(row => ({ key, timeUs: row.timeUs, arrivalUs: row.arrivalUs })),
      );
      expect(found).toEqual(expected.sort((a, b) => a.arrivalUs - b.arrivalUs));
      expect(buffer.length).toBe(model.flat().length);
      model.forEach((rows, key) => {
        for (const { timeUs, value } of rows) expect(takenWithFrame(buffer, idOf[key]!)).toEqual([timeUs, value]);
      });
    }),
    runs(),
  );
});

it('the rows of a batch are in its columns, and those of a frame in the frame, when both are finished', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ key: fc.nat(KEYS - 1), timeUs: fc.nat(5), value: fc.option(fc.string()) }), {
        maxLength: 20,
      }),
      fc.array(fc.nat(KEYS - 1), { maxLength: 20 }),
      (batch, taken) => {
        const buffer = new ReorderBuffer();
        for (let round = 0; round < 2; round++) {
          const output = new RowOutput().start();
          batch.forEach(({ key, timeUs }, row) => buffer.addRow(key, timeUs, round, row));
          const model = Array.from({ length: KEYS }, (_, key) =>
            batch.filter(row => row.key === key).toSorted((a, b) => a.timeUs - b.timeUs),
          );
          const expected = taken.flatMap(key => model[key]!.shift() ?? []);
          for (const key of taken) if (buffer.oldestUs(key) < Infinity) buffer.takeRow(key, output);
          buffer.finish(output.frame, [columnOfAll(batch.map(({ value }) => value))]);
          expect(rowsOf(output.frame)).toEqual(expected.map(({ timeUs, value }) => [timeUs, value]));
          for (let key = 0; key < KEYS; key++) buffer.forget(key);
        }
      },
    ),
    runs(),
  );
});

it('rows that come far out of order, and many of them, are in the same order', () => {
  const row = fc.record({ key: fc.nat(1), timeUs: fc.nat(50), takes: fc.nat(3) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 60, maxLength: 200 }), fc.nat(199), (rows, restoredAt) => {
      let buffer = new ReorderBuffer();
      const model: { readonly timeUs: number; readonly value: string }[][] = [[], []];
      rows.forEach(({ key, timeUs, takes }, i) => {
        if (i === restoredAt) {
          const snapshot = buffer.snapshot(Uint32Array.of(0, 1));
          buffer = new ReorderBuffer();
          buffer.restore(snapshot, Int32Array.of(0, 1));
        }
        const columns = [columnOf(String(i))];
        if (i % 2 === 0) {
          buffer.add(key, { timeUs, arrivalUs: i }, columns, 1);
        } else {
          buffer.addRow(key, timeUs, i, 1);
          buffer.finish(new RowOutput().frame, columns);
        }
        const waiting = model[key]!;
        const later = waiting.findIndex(other => other.timeUs > timeUs);
        waiting.splice(later < 0 ? waiting.length : later, 0, { timeUs, value: String(i) });
        if (takes === 3) take(buffer, model, key);
      });
      for (const key of [0, 1]) while (model[key]!.length > 0) take(buffer, model, key);
      expect(buffer.length).toBe(0);
    }),
    runs(),
  );
});

it('takes no more memory the longer keys come and are forgotten', () => {
  const buffer = new ReorderBuffer();
  const sizesBytes = [1, 2, 3].map(round => {
    for (let key = 0; key < 100; key++) buffer.add(key, { timeUs: round, arrivalUs: round }, [columnOf('x')], 1);
    for (let key = 0; key < 100; key++) buffer.forget(key);
    return buffer.stateBytes;
  });
  expect(new Set(sizesBytes).size).toBe(1);
});

function columnOf(value: string | null): Column {
  const column = createColumn('string', 2);
  column.values[1] = value ?? 'garbage';
  if (value === null) column.valid = Uint8Array.of(1, 0);
  return column;
}

function columnOfAll(values: readonly (string | null)[]): Column {
  const column = createColumn('string', values.length);
  values.forEach((value, i) => {
    column.values[i] = value ?? 'garbage';
  });
  column.valid = Uint8Array.from(values, value => (value === null ? 0 : 1));
  return column;
}

function takenWithFrame(buffer: ReorderBuffer, keyId: number): [number, string | null] {
  const output = new RowOutput().start();
  buffer.takeRow(keyId, output);
  buffer.finish(output.frame, []);
  return rowsOf(output.frame)[0]!;
}

function rowsOf({ length, timeUs, columns: [column] }: Frame): [number, string | null][] {
  const valueAt = (row: number) => (column!.valid?.[row] === 0 ? null : (column!.values[row] as string)); // as: of a string column
  return Array.from({ length }, (_, row) => [timeUs[row]!, valueAt(row)]);
}

function take(
  buffer: ReorderBuffer,
  model: readonly { readonly timeUs: number; readonly value: string }[][],
  key: number,
): void {
  const oldest = model[key]!.shift()!;
  expect((oldest.timeUs % 2 === 0 ? takenFrom : takenWithFrame)(buffer, key)).toEqual([oldest.timeUs, oldest.value]);
}

function takenFrom(buffer: ReorderBuffer, keyId: number): [number, string | null] {
  const output = new RowOutput().start();
  buffer.takeOldest(keyId, output);
  const { timeUs, columns } = output.frame;
  const column = columns[0]!;
  return [timeUs[0]!, column.valid?.[0] === 0 ? null : (column.values[0] as string)]; // as: of a string column
}
