import { describe, expect, it } from 'vitest';
import { RequestQueue, type RowRequest, type SendRows } from '../../../connectors/questdb/request-queue.ts';

type Sent = { readonly times: number[]; readonly tooLarge: (row: number) => void; done(): void; fail(): void };

/** A queue whose requests end when the test says so; each waits for the one before it, as those of the client do. */
function queueOf(): { readonly queue: RequestQueue; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const send: SendRows = async (rows, { previous, onTooLarge }) => {
    const end = Promise.withResolvers<void>();
    const times = [...rows.timesUs.subarray(0, rows.rows)];
    sent.push({ times, tooLarge: onTooLarge, done: () => end.resolve(), fail: () => end.reject(new Error('away')) });
    await previous;
    await end.promise;
  };
  return { queue: new RequestQueue(send), sent };
}

/** A write of one row; undefined where it has to wait for a buffer. */
function write(
  queue: RequestQueue,
  timeUs: number,
  told: number[] = [],
  attempt = queue.attempt,
): RowRequest | undefined {
  const request = queue.fill(attempt);
  if (request === undefined) return undefined;
  request.rows.endRow(request.rows.usedBytes + 1, timeUs);
  request.belongsTo(time => told.push(time));
  queue.sendReady();
  return request;
}

const turn = () => new Promise(setImmediate);

describe('requests of one table', () => {
  it('go out at once where the server has little to do', () => {
    const { queue, sent } = queueOf();
    write(queue, 1);
    write(queue, 2);
    expect(sent.map(({ times }) => times)).toEqual([[1], [2]]);
  });

  it('gather the rows of many writes while two are under way', async () => {
    const { queue, sent } = queueOf();
    for (const timeUs of [1, 2, 3, 4, 5]) write(queue, timeUs);
    expect(sent).toHaveLength(2);
    sent[0]!.done();
    await turn();
    expect(sent.map(({ times }) => times)).toEqual([[1], [2], [3, 4, 5]]);
  });

  it('are done for each write when its rows are', async () => {
    const { queue, sent } = queueOf();
    const requests = [1, 2, 3, 4].map(timeUs => write(queue, timeUs)!);
    const done: number[] = [];
    requests.forEach((request, index) => void request.done.then(() => done.push(index)));
    sent[0]!.done();
    sent[1]!.done();
    await turn();
    expect(done).toEqual([0, 1]);
    sent[2]!.done();
    await queue.settled();
    await turn();
    expect(done).toEqual([0, 1, 2, 3]);
  });

  it('go out when they are full; then a write waits for a buffer', async () => {
    const { queue, sent } = queueOf();
    for (const timeUs of [1, 2, 3]) write(queue, timeUs);
    queue.sendFull();
    expect(sent.map(({ times }) => times)).toEqual([[1], [2], [3]]);
    expect(write(queue, 4)).toBeUndefined();
    const isFree = queue.bufferIsFree();
    sent[0]!.done();
    await isFree;
    expect(write(queue, 4)).toBeDefined();
  });

  it('tell a row that is too large to the write that it came with', () => {
    const { queue, sent } = queueOf();
    const told: [number[], number[]] = [[], []];
    write(queue, 1);
    write(queue, 2);
    write(queue, 3, told[0]);
    write(queue, 4, told[1]);
    queue.sendFull();
    sent[2]!.tooLarge(1);
    expect(told).toEqual([[], [4]]);
  });

  it('fail with the one in front, also those that were not sent; a new attempt is not held up', async () => {
    const { queue, sent } = queueOf();
    const before = queue.attempt;
    const requests = [1, 2, 3].map(timeUs => write(queue, timeUs)!);
    sent[0]!.fail();
    for (const request of requests) await expect(request.done).rejects.toThrow('away');
    expect(() => write(queue, 4, [], before)).toThrow('away');
    write(queue, 1);
    expect(sent.map(({ times }) => times)).toEqual([[1], [2], [1]]);
    sent[2]!.done();
    await queue.settled();
  });
});
