import { expect, it, vi } from 'vitest';
import { SymbolTable } from '../../engine/batch.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { SourceRead } from '../../engine/connector.ts';
import { Reader } from '../../engine/runtime/reader.ts';
import { ReadyReaders } from '../../engine/runtime/ready-readers.ts';
import { sourceNode } from '../oracle/plan-builder.ts';

const TICK: SourceRead = { kind: 'tick', arrivalUs: 1, position: {} };
const END: SourceRead = { kind: 'end', position: {} };
const OPTIONS = { maxEvents: 10, signal: new AbortController().signal };

it('listens to a silent reader once, however often another one has something', async () => {
  const silentRead = new CountedPromise<SourceRead>(() => {});
  const silent = readerOf(() => silentRead);
  const readAhead = countedReadAhead(silent);
  const ready = new ReadyReaders();
  const busy = readerOf(async () => TICK);
  for (let round = 0; round < 1_000; round++) {
    expect(await ready.next([silent, busy], OPTIONS)).toBe(busy);
    await busy.take();
  }
  expect(readAhead.callCount).toBe(1);
  expect(readAhead.promises.map(promise => promise.reactionCount)).toEqual([1]);
  expect(silentRead.reactionCount).toBe(1);
});

it('gives readers in the order in which they have something, so that each has its turn', async () => {
  const first = readerOf(async () => TICK);
  const second = readerOf(async () => TICK);
  const ready = new ReadyReaders();
  const turns: Reader[] = [];
  for (let round = 0; round < 6; round++) {
    const reader = await ready.next([first, second], OPTIONS);
    turns.push(reader);
    await reader.take();
  }
  expect(turns.map(reader => (reader === first ? 1 : 2))).toEqual([1, 2, 1, 2, 1, 2]);
});

it('waits until a reader has something, and reads on once that is taken', async () => {
  const reads = [Promise.withResolvers<SourceRead>(), Promise.withResolvers<SourceRead>()];
  const read = vi.fn(() => reads[read.mock.calls.length - 1]!.promise);
  const reader = readerOf(read);
  const ready = new ReadyReaders();
  for (const { resolve } of reads) {
    const next = ready.next([reader], OPTIONS);
    expect(await Promise.race([next, turn()])).toBe('nothing yet');
    resolve(TICK);
    expect(await next).toBe(reader);
    await reader.take();
  }
  expect(read).toHaveBeenCalledTimes(2);
});

it('gives a reader again that was not taken', async () => {
  const read = vi.fn(async () => TICK);
  const reader = readerOf(read);
  const ready = new ReadyReaders();
  expect(await ready.next([reader], OPTIONS)).toBe(reader);
  expect(await ready.next([reader], OPTIONS)).toBe(reader);
  expect(read).toHaveBeenCalledTimes(1);
});

it('goes on with those that are left when one is at its end', async () => {
  const ending = readerOf(async () => END);
  const late = Promise.withResolvers<SourceRead>();
  const lasting = readerOf(() => late.promise);
  const ready = new ReadyReaders();
  expect(await ready.next([ending, lasting], OPTIONS)).toBe(ending);
  await ending.take();
  const next = ready.next([lasting], OPTIONS);
  late.resolve(TICK);
  expect(await next).toBe(lasting);
});

it('leaves out a reader that is not asked for, though it has something, and gives it when it is', async () => {
  const ready = new ReadyReaders();
  const [first, second] = [readerOf(async () => TICK), readerOf(async () => TICK)];
  expect(await ready.next([first, second], OPTIONS)).toBe(first);
  await first.take();
  await turn(); // the other one has something
  expect(await ready.next([first], OPTIONS)).toBe(first);
  await first.take();
  expect(await ready.next([first, second], OPTIONS)).toBe(second);
});

it('throws a failure when its turn comes, and nobody else hears of it', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  const broken = readerOf(async () => {
    throw new Error('broken');
  });
  const healthy = readerOf(async () => TICK);
  const ready = new ReadyReaders();
  expect(await ready.next([healthy, broken], OPTIONS)).toBe(healthy);
  await turn(); // the failure waits for its turn
  await healthy.take();
  await expect(ready.next([healthy, broken], OPTIONS)).rejects.toThrow('broken');
  expect(await ready.next([healthy], OPTIONS)).toBe(healthy);
  await turn();
  process.off('unhandledRejection', unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

/** Whoever awaits it, or lets it race, leaves a reaction, and memory with it. */
class CountedPromise<Value> extends Promise<Value> {
  reactionCount = 0;

  override then<Result1 = Value, Result2 = never>(
    onResolved?: ((value: Value) => Result1 | PromiseLike<Result1>) | null,
    onRejected?: ((reason: unknown) => Result2 | PromiseLike<Result2>) | null,
  ): Promise<Result1 | Result2> {
    this.reactionCount++;
    return super.then(onResolved, onRejected);
  }
}

function countedReadAhead(reader: Reader) {
  const counted = { callCount: 0, promises: [] as CountedPromise<Reader>[] };
  const readAhead = reader.readAhead.bind(reader);
  // Not vi.spyOn, which listens to what it gives.
  reader.readAhead = options => {
    const promise = new CountedPromise<Reader>((resolve, reject) => readAhead(options).then(resolve, reject));
    counted.callCount++;
    counted.promises.push(promise);
    return promise;
  };
  return counted;
}

function readerOf(read: () => Promise<SourceRead>): Reader {
  const node = sourceNode({ latenessUs: 0, idleUs: null });
  const symbols = new SymbolTable();
  const source = { arrivalClock: 'recorded' as const, read, acknowledge: async () => {}, close: async () => {} };
  const builder = new BatchBuilder(node, symbols);
  return new Reader({ node, source, builder, symbols, position: null, gate: undefined });
}

async function turn(): Promise<'nothing yet'> {
  return await new Promise(resolve => setImmediate(() => resolve('nothing yet')));
}
