import { expect, it, vi } from 'vitest';
import { QuietCheckpoints } from '../../engine/runtime/checkpoint/quiet-checkpoints.ts';

it('has one alarm, however often input is waited for', async () => {
  const { quiet, due } = quietCheckpoints();
  for (let round = 0; round < 1_000; round++) expect(await quiet.during(Promise.resolve(round), true)).toBe(round);
  expect(due).toHaveBeenCalledTimes(1);
});

it('has none while nothing is unsaved', async () => {
  const { quiet, due } = quietCheckpoints();
  await quiet.during(Promise.resolve(), false);
  expect(due).not.toHaveBeenCalled();
});

it('begins a checkpoint when it is due while input is waited for, and the next one when that is due', async () => {
  const { quiet, begin, ring } = quietCheckpoints();
  for (const count of [1, 2]) {
    const read = Promise.withResolvers<void>();
    const waiting = quiet.during(read.promise, true);
    await ring();
    expect(begin).toHaveBeenCalledTimes(count);
    read.resolve();
    await waiting;
  }
});

it('begins none while input is handled, and one in the next wait', async () => {
  const { quiet, begin, ring, due } = quietCheckpoints();
  await quiet.during(Promise.resolve(), true);
  await ring();
  expect(begin).not.toHaveBeenCalled();
  void quiet.during(new Promise(() => {}), true);
  expect(due).toHaveBeenCalledTimes(2);
  await ring();
  expect(begin).toHaveBeenCalledTimes(1);
});

it('a read that fails is not waited for any more', async () => {
  const { quiet, begin, ring } = quietCheckpoints();
  await expect(quiet.during(Promise.reject(new Error('broken')), true)).rejects.toThrow('broken');
  await ring();
  expect(begin).not.toHaveBeenCalled();
});

it('tells that one could not be begun', async () => {
  const { quiet, begin, onFailed, ring } = quietCheckpoints();
  const error = new Error('no');
  begin.mockImplementation(() => {
    throw error;
  });
  void quiet.during(new Promise(() => {}), true);
  await ring();
  expect(onFailed).toHaveBeenCalledExactlyOnceWith(error);
});

it('has no alarm and begins nothing once it is closed, whoever still waits', async () => {
  const { quiet, begin, due, ring } = quietCheckpoints();
  void quiet.during(new Promise(() => {}), true);
  quiet.close();
  expect(due.mock.calls[0]![0].aborted).toBe(true);
  await ring();
  expect(begin).not.toHaveBeenCalled();
});

function quietCheckpoints() {
  let alarm = Promise.withResolvers<void>();
  const due = vi.fn((_signal: AbortSignal) => alarm.promise);
  const begin = vi.fn(() => {});
  const onFailed = vi.fn((_error: unknown) => {});
  const ring = async () => {
    const { resolve } = alarm;
    alarm = Promise.withResolvers();
    resolve();
    await new Promise(done => setImmediate(done));
  };
  return { quiet: new QuietCheckpoints({ due, begin, onFailed }), due, begin, onFailed, ring };
}
