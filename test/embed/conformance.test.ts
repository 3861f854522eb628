import { describe, expect, it } from 'vitest';
import { checkCodec, checkSource } from '../../embed/conformance.ts';
import type { CustomConnector, SourceMessage } from '../../index.ts';

const message = (sequence: number) => ({ content: { n: sequence }, sequence, arrivalUs: sequence });
const ALL = [1, 2, 5].map(message);
const input = { address: 'x', messages: 3 };

describe('checkSource', () => {
  const giving = (read: (after: number | null) => Iterable<SourceMessage>): CustomConnector => ({
    name: 'plc',
    recordsArrivals: true,
    async *read({ after }) {
      yield* read(after);
    },
  });

  it('passes what goes on behind every message', async () => {
    await checkSource(
      giving(after => ALL.filter(({ sequence }) => sequence > (after ?? 0))),
      input,
    );
  });

  it.each([
    ['begins anew', giving(() => ALL), /behind sequence 1/],
    ['has too few', giving(() => ALL.slice(1)), /fewer messages/],
    ['does not number upwards', giving(() => [1, 2, 2].map(message)), /do not rise/],
    ['says no arrivals', giving(() => [1, 2, 3].map(sequence => ({ content: {}, sequence }))), /when it came/],
  ])('fails what %s', async (_, connector, expected) => {
    await expect(checkSource(connector, input)).rejects.toThrow(expected);
  });
});

describe('checkCodec', () => {
  const payload = new TextEncoder().encode('{"a":1}');

  it('passes what gives the same events for the same bytes', () => {
    checkCodec({ name: 'plain', decode: bytes => [JSON.parse(Buffer.from(bytes).toString())] }, [payload]);
  });

  it('fails what counts, or gives no objects', () => {
    let count = 0;
    expect(() => checkCodec({ name: 'counting', decode: () => [{ count: count++ }] }, [payload])).toThrow(
      /other events/,
    );
    const decode = () => [1 as unknown as Record<string, unknown>];
    expect(() => checkCodec({ name: 'numbers', decode }, [payload])).toThrow(/no object/);
  });
});
