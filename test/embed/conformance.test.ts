import { describe, expect, it } from 'vitest';
import { checkCodec, checkRules, checkSource } from '../../embed/conformance.ts';
import { type CustomConnector, type FunctionModule, loadFunctions, type SourceMessage } from '../../index.ts';

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

describe('checkRules', async () => {
  const functions = await loadFunctions(new URL('./functions/weather.ts', import.meta.url));
  const rules = (expected: string) => `
    stream air from plc "x" { key room: symbol  temp: float degC  humidity: float %  time ts as ms }
    stream dew = from air window tumbling 10s select max(dew_point(temp, humidity)) as most
    rule wet on air { high when dew_point(temp, humidity) > 15 degC for 20s }
    test "damp air is told" for wet {
      feed air { room: "r1", humidity: 80% } every 5s temp: 15 for 60s, 25 for 60s
      expect wet("r1") high raised at ${expected}
    }
  `;
  const connectors = [{ name: 'plc', async *read() {} }];

  it('runs tests of rules with words of the program', () => {
    checkRules(rules('80s'), { functions, connectors });
  });

  it('fails with what was expected and what happened', () => {
    expect(() => checkRules(rules('70s'), { functions, connectors })).toThrow(
      /rules\.mill:\d+: .*it was raised at 80s/,
    );
    expect(() => checkRules('stream', {})).toThrow(/error\[MR1/);
    expect(() => checkRules('let a = 1', {})).toThrow('the rules have no `test` block');
  });

  it('finds a function that is not pure', () => {
    let calls = 0;
    const counting: FunctionModule = {
      ...functions,
      functions: { dew_point: { ...functions.functions['dew_point']!, evaluate: () => calls++ % 7 } },
    };
    expect(() => checkRules(rules('80s'), { functions: counting, connectors })).toThrow(/not the same in all ways/);
  });
});
