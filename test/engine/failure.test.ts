import { expect, it } from 'vitest';
import { Failure } from '../../engine/runtime/failure.ts';

it('gives what a promise gives, and ends all that wait when it happens', async () => {
  const failure = new Failure();
  expect(await failure.orFailed(Promise.resolve(1))).toBe(1);
  const never = new Promise<never>(() => {});
  const waiting = [failure.orFailed(never), failure.orFailed(never), failure.promise];
  failure.fail(new Error('first'));
  failure.fail(new Error('second'));
  for (const each of waiting) await expect(each).rejects.toThrow('first');
  await expect(failure.orFailed(never)).rejects.toThrow('first');
});

it('keeps nothing of what was given', async () => {
  const failure = new Failure();
  const given: WeakRef<object>[] = [];
  for (let i = 0; i < 100; i++)
    given.push(new WeakRef(await failure.orFailed(Promise.resolve({ text: 'x'.repeat(1000) }))));
  await collectGarbage();
  expect(given.filter(reference => reference.deref() !== undefined).length).toBeLessThan(5);
  await failure.orFailed(Promise.resolve()); // so that it is not itself garbage by now
});

async function collectGarbage(): Promise<void> {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  await new Promise(resolve => setTimeout(resolve, 0)); // what a WeakRef has just given is kept for the turn
  (runInNewContext('gc') as () => void)(); // of the flag just set
}
