import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WakeQueue } from '../../engine/state/wake-queue.ts';

const KEYS = 20;

const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), keyId: fc.nat(KEYS - 1), instantUs: fc.nat(40) }),
  fc.record({ kind: fc.constant('later' as const), keyId: fc.nat(KEYS - 1) }), // in order, as most come
  fc.record({ kind: fc.constant('unset' as const), keyId: fc.nat(KEYS - 1) }),
  fc.record({ kind: fc.constant('putOff' as const), byUs: fc.nat(30) }),
  fc.record({ kind: fc.constant('take' as const), untilUs: fc.nat(60) }),
);

/** Ordinals fall as ids rise, so that the order of equal instants is seen. */
const ordinalOf = (keyId: number) => KEYS - keyId;

test('keys come in order of (instant, ordinal), whatever the order in which they were queued', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const queue = new WakeQueue(ordinalOf);
      const queued = new Map<number, number>();
      const first = () =>
        [...queued].sort(([a, aUs], [b, bUs]) => aUs - bUs || ordinalOf(a) - ordinalOf(b))[0] ??
        ([-1, Infinity] as const);
      let latestUs = 0;
      for (const each of steps) {
        if (each.kind === 'take') {
          const [keyId, instantUs] = first();
          expect(queue.nextUs()).toBe(instantUs);
          expect(queue.take(each.untilUs)).toBe(instantUs <= each.untilUs ? keyId : undefined);
          if (instantUs <= each.untilUs) queued.delete(keyId);
        } else if (each.kind === 'putOff') {
          const [keyId, instantUs] = first();
          if (queue.nextUs() === Infinity) continue;
          expect(queue.nextKeyId()).toBe(keyId);
          queue.putOffNext(instantUs + each.byUs);
          queued.set(keyId, instantUs + each.byUs);
        } else if (each.kind === 'unset') {
          queue.set(each.keyId, Infinity);
          queued.delete(each.keyId);
        } else {
          const instantUs = each.kind === 'set' ? each.instantUs : ++latestUs;
          queue.set(each.keyId, instantUs);
          queued.set(each.keyId, instantUs);
        }
      }
      const rest = [...queued].sort(([a, aUs], [b, bUs]) => aUs - bUs || ordinalOf(a) - ordinalOf(b));
      expect(Array.from(rest, () => queue.take(Infinity))).toEqual(rest.map(([keyId]) => keyId));
      expect(queue.nextUs()).toBe(Infinity);
    }),
  );
});

test('more keys than the queue has room for at first, taken as others come', () => {
  const queue = new WakeQueue(keyId => keyId);
  for (let keyId = 0; keyId < 1_000; keyId++) {
    queue.set(keyId, keyId);
    if (keyId % 3 === 0) expect(queue.take(Infinity)).toBe(keyId / 3);
  }
  for (let keyId = 334; keyId < 1_000; keyId++) expect(queue.take(Infinity)).toBe(keyId);
});
