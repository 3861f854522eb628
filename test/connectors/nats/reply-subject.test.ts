import { describe, expect, it } from 'vitest';
import { ReplySubject } from '../../../connectors/nats/reply-subject.ts';
import { serverTimeUs } from '../../../connectors/nats/server-time.ts';
import { covers, meets } from '../../../connectors/nats/subject-filter.ts';

describe('a reply subject', () => {
  const numbers = '1.123456789.42.1764133322123456789.7';
  const meaning = { sequence: 123456789, delivery: 42, timeUs: 1764133322123456, pending: 7 };

  it.each([
    ['without a domain', `$JS.ACK.PLANT.c-1.${numbers}`],
    ['with a domain and an account', `$JS.ACK.hub.ABCDEF.PLANT.c-1.${numbers}`],
    ['with a token more', `$JS.ACK._.ABCDEF.PLANT.c-1.${numbers}.x7Yz`],
    ['of a stream that is a number', `$JS.ACK.2024.17.${numbers}`],
  ])('is read %s', (_name, reply) => {
    const subject = new ReplySubject();
    for (let i = 0; i < 2; i++) {
      expect(subject.parse(reply)).toBe(true);
      expect(subject).toMatchObject(meaning);
    }
  });

  it('has its nanoseconds cut to microseconds by their digits, where numbers would be wrong', () => {
    const subject = new ReplySubject();
    for (const nanoseconds of ['1764133322999999999', '1764133322000000999', '9007199254740991999']) {
      subject.parse(`$JS.ACK.S.C.1.1.1.${nanoseconds}.0`);
      expect(BigInt(subject.timeUs)).toBe(BigInt(nanoseconds) / 1000n);
    }
  });

  it('of another consumer is read after one of the first, and what is none is told', () => {
    const subject = new ReplySubject();
    expect(subject.parse(`$JS.ACK.A.B.1.5.6.1000000.8`)).toBe(true);
    expect(subject.parse(`$JS.ACK.A.BB.3.15.16.2000000.18`)).toBe(true);
    expect(subject).toMatchObject({ sequence: 15, delivery: 16, timeUs: 2000, pending: 18 });
    for (const other of ['', '_INBOX.a.b', '$JS.ACK.A.B.1.5.6.x.8', '$JS.FC.A.B.1.5.6.7.8']) {
      expect(subject.parse(other)).toBe(false);
    }
  });
});

it('times of servers have up to nine digits behind the second, or none', () => {
  const second = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000;
  expect(serverTimeUs('2026-01-02T03:04:05.123456789Z')).toBe(second + 123456);
  expect(serverTimeUs('2026-01-02T03:04:05.1Z')).toBe(second + 100000);
  expect(serverTimeUs('2026-01-02T04:04:05+01:00')).toBe(second);
});

it('subjects with wildcards cover and meet each other', () => {
  expect(covers('plant.>', 'plant.*.motor')).toBe(true);
  expect(covers('plant.*.motor', 'plant.>')).toBe(false);
  expect(covers('plant.*', 'plant')).toBe(false);
  expect(covers('plant.>', 'plant')).toBe(false);
  expect(covers('plant.*', 'plant.*')).toBe(true);
  expect(meets('plant.*.motor', 'plant.a.>')).toBe(true);
  expect(meets('plant.*.motor', '*.a.pump')).toBe(false);
  expect(meets('plant.*', 'plant.a.b')).toBe(false);
});
