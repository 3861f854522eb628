import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import { jetstream } from '@nats-io/jetstream';
import { afterAll, describe, expect, it } from 'vitest';
import { CustomSource } from '../../embed/custom-source.ts';
import {
  type AlertChange,
  compile,
  type CustomCodec,
  type CustomConnector,
  MillraceError,
  type SourceMessage,
  start,
} from '../../index.ts';
import { describeSource } from '../connectors/conformance.ts';
import { Operator } from '../connectors/nats/streams.ts';
import { motorNode, openSource, type ReadRow } from '../connectors/sources.ts';
import { sharedNats } from '../services/servers.ts';

const BEGIN_MS = 1_700_000_000_000;
const RULES = `
  stream motor from plc "hall 3" { key device: symbol  temp: float degC  time ts as ms }
  rule hot on motor { high when temp > 80 degC }
  route alerts to pager "night"
`;

const folder = mkdtempSync(join(tmpdir(), 'millrace-custom-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const reading = (second: number, temp: number) => ({ device: 'm1', temp, ts: BEGIN_MS + second * 1000 });

/** Gives readings of these temperatures, and says what it was asked. */
function plc(temps: readonly number[], asked: unknown[] = []): CustomConnector {
  return {
    name: 'plc',
    async *read({ stream, address, after }) {
      asked.push({ stream, address, after });
      for (const [index, temp] of temps.entries()) {
        const sequence = index + 1;
        if (sequence > (after ?? 0)) yield { content: reading(index, temp), sequence };
      }
    },
  };
}

function pager(taken: AlertChange[]): CustomConnector {
  return {
    name: 'pager',
    async write(output) {
      if (output.kind === 'alerts') taken.push(...output.changes);
    },
  };
}

describe('a connector of the program', () => {
  it('is read and written by its name, and closed', async () => {
    const asked: unknown[] = [];
    const taken: AlertChange[] = [];
    const addresses: (string | null)[] = [];
    let closed = 0;
    const out: CustomConnector = {
      ...pager(taken),
      async write(output, { address }) {
        addresses.push(address);
        await pager(taken).write!(output, { address });
      },
      async close() {
        closed++;
      },
    };
    const connectors = [plc([70, 90, 70], asked), out];
    const { plan, report } = compile(RULES, { connectors });
    expect(report).toBe('');
    const run = start(plan!, { connectors });
    expect(await run.done).toMatchObject({ events: 3, alerts: 2 });
    expect(asked).toEqual([{ stream: 'motor', address: 'hall 3', after: null }]);
    expect(taken.map(({ change }) => change)).toEqual(['raised', 'cleared']);
    expect(new Set(addresses)).toEqual(new Set(['night']));
    expect(closed).toBe(1);
  });

  it('goes on behind what the state knows, and hears what is durable', async () => {
    const options = { state: join(folder, 'state') };
    const asked: unknown[] = [];
    const durable: number[] = [];
    const connectors = (temps: readonly number[]): CustomConnector[] => [
      {
        ...plc(temps, asked),
        async acknowledge({ sequence }) {
          durable.push(sequence);
        },
      },
      pager([]),
    ];
    expect(await start(RULES, { ...options, connectors: connectors([70, 90]) }).done).toMatchObject({ events: 2 });
    const second = await start(RULES, { ...options, connectors: connectors([70, 90, 70]) }).done;
    expect(second).toMatchObject({ events: 1, alerts: 1 });
    expect(asked).toMatchObject([{ after: null }, { after: 2 }]);
    expect(durable).toEqual(durable.toSorted((a, b) => a - b));
    expect(durable.at(-1)).toBe(2); // the older of the two checkpoints that are kept
  });

  it('is tried again where it does not take what is written, and that is told once', async () => {
    const taken: AlertChange[] = [];
    const warnings: string[] = [];
    let failures = 2;
    const failing: CustomConnector = {
      name: 'pager',
      async write(output, options) {
        if (failures-- > 0) throw new Error('the line is busy');
        await pager(taken).write!(output, options);
      },
    };
    const connectors = [plc([90]), failing];
    await start(RULES, { connectors, onWarning: ({ code, message }) => warnings.push(`${code} ${message}`) }).done;
    expect(taken.map(({ change }) => change)).toEqual(['raised']);
    expect(warnings).toEqual(['MR5502 pager takes nothing: the line is busy']);
  });

  it('ends the run where it says that trying again is no use, or fails as a source', async () => {
    const refusing: CustomConnector = {
      name: 'pager',
      async write() {
        throw new MillraceError('MR5502', 'nobody is on duty', { retry: 'never' });
      },
    };
    await expect(start(RULES, { connectors: [plc([90]), refusing] }).done).rejects.toThrow('nobody is on duty');
    const broken: CustomConnector = {
      name: 'plc',
      async *read() {
        yield { content: reading(0, 70) };
        throw new Error('the cable is cut');
      },
    };
    const run = start(RULES, { connectors: [broken, pager([])] });
    await expect(run.done).rejects.toThrow(coded('MR5501'));
    expect((await run.metrics()).counts.events).toBe(1);
  });

  it('must number its messages upwards, and end when it is told to', async () => {
    const stuttering: CustomConnector = {
      name: 'plc',
      async *read() {
        yield { content: reading(0, 70), sequence: 7 };
        yield { content: reading(1, 70), sequence: 7 };
      },
    };
    const run = start(RULES, { connectors: [stuttering, pager([])] });
    await expect(run.done).rejects.toThrow(coded('MR5504'));
    const deaf: CustomConnector = {
      name: 'plc',
      async *read(): AsyncGenerator<SourceMessage> {
        await new Promise(() => {});
        yield { tickUs: 0 };
      },
    };
    const endless = start(RULES, { connectors: [deaf, pager([])] });
    await endless.ready;
    await expect(endless.stop()).rejects.toThrow(coded('MR5503'));
  });

  it('is asked for no more than what waits to be handled', async () => {
    let given = 0;
    const flood: CustomConnector = {
      name: 'plc',
      async *read({ signal }) {
        while (!signal.aborted) yield { content: reading(given, given++ % 2 === 0 ? 90 : 70) };
      },
    };
    const run = start(RULES, { connectors: [flood, pager([])] });
    const alerts = run.alerts();
    await alerts.next(); // and takes no more
    for (let turn = 0; turn < 300; turn++) await macrotask();
    expect(given).toBeLessThan(8_000); // of the round that waits, those behind it, and what is asked ahead
    await run.stop();
  });

  it('says itself when its messages came, if it knows', async () => {
    const rules = `
      stream motor from plc "hall 3" { key device: symbol  temp: float degC }
      rule silent on silence of motor for 10s { medium }
    `;
    const recorded: CustomConnector = {
      name: 'plc',
      recordsArrivals: true,
      async *read() {
        yield { content: { device: 'm1', temp: 70 }, arrivalUs: BEGIN_MS * 1000 };
        yield { tickUs: (BEGIN_MS + 60_000) * 1000 };
      },
    };
    const run = start(rules, { connectors: [recorded] });
    const alerts = run.alerts();
    expect((await alerts.next()).value).toMatchObject({ rule: 'silent', timeUs: (BEGIN_MS + 10_000) * 1000 });
    await run.stop();
  });

  it('is not there where a plan of another program names it', () => {
    const { plan } = compile(RULES, { connectors: [plc([]), pager([])] });
    expect(() => start(plan!, { connectors: [plc([])] })).toThrow(coded('MR7206'));
    expect(compile(RULES).diagnostics.map(({ code }) => code)).toEqual(['MR2534', 'MR2534']);
  });

  it('has a name that can be one, and is not taken', () => {
    for (const name of ['nats', 'PLC', '', 'a-b']) {
      expect(() => compile('', { connectors: [{ ...plc([]), name }] })).toThrow(coded('MR7205'));
    }
    expect(() => compile('', { connectors: [plc([]), plc([])] })).toThrow(coded('MR7205'));
    expect(() => compile('', { codecs: [{ ...acme, name: 'json' }] })).toThrow(coded('MR7205'));
  });
});

/** `m1=90@5;m2=70@6`: device, temperature, second. */
const acme: CustomCodec = {
  name: 'acme',
  *decode(payload) {
    for (const part of Buffer.from(payload).toString().split(';')) {
      const found = /^(\w+)=(\d+)@(\d+)$/.exec(part);
      if (found === null) throw new Error(`what is ${JSON.stringify(part)}?`);
      yield { device: found[1], temp: Number(found[2]), ts: BEGIN_MS + Number(found[3]) * 1000 };
    }
  },
};

describe('a codec of the program', () => {
  const rules = 'stream motor from plc "x" acme { key device: symbol  temp: float degC  time ts as ms }';

  it('reads what its connector brings, and rejects what it cannot read', async () => {
    const contents = ['m1=90@0;m2=70@0', 'm1=70@1;oops', 'm1=80@2'];
    const source: CustomConnector = {
      name: 'plc',
      async *read() {
        for (const content of contents) yield { content };
      },
    };
    const rejected: string[] = [];
    const run = start(`${rules} rule hot on motor { high when temp > 80 degC }`, {
      connectors: [source],
      codecs: [acme],
      onRejected: ({ code, reason }) => rejected.push(`${code} ${reason}`),
    });
    expect(await run.done).toMatchObject({ events: 4, rejected: 1, alerts: 2 });
    expect(rejected).toEqual(['MR4026 not acme: what is "oops"? (sequence 2)']);
  });

  it('reads journals and subjects of NATS, and no files', () => {
    const codes = (text: string) => compile(text, { codecs: [acme] }).diagnostics.map(({ code }) => code);
    const stream = (from: string) =>
      `stream s from ${from} acme { x: float  time ts as ms } rule r on s { high when x > 1 }`;
    expect(codes(stream('journal "a"'))).toEqual([]);
    expect(codes(stream('nats "a"'))).toEqual([]);
    expect(codes(stream('file "a"'))).toEqual(['MR2537']);
  });
});

it('a codec of the program reads what NATS brings', async () => {
  const operator = await Operator.connect(await sharedNats());
  await operator.manager.streams.add({ name: 'ACME', subjects: ['acme.*'] });
  const jetStream = jetstream(operator.client);
  for (const payload of ['m1=90@0;m2=70@0', 'm1=70@1']) await jetStream.publish('acme.hall', payload);
  const rules = `
    stream motor from nats "acme.*" acme { key device: symbol  temp: float degC  time ts as ms }
    rule hot on motor { high when temp > 80 degC }
  `;
  await using run = start(rules, { codecs: [acme], nats: { servers: [await sharedNats()] } });
  const alerts = run.alerts();
  expect((await alerts.next()).value).toMatchObject({ change: 'raised', key: { device: 'm1' } });
  expect((await alerts.next()).value).toMatchObject({ change: 'cleared', key: { device: 'm1' } });
  await alerts.return!();
});

const ROWS: readonly ReadRow[] = Array.from({ length: 100 }, (_, index) => ({
  timeUs: index * 1_000_000,
  device: `m${index % 7}`,
  temp: index % 10 === 3 ? null : 60 + index / 8,
}));

describeSource('a connector of the program', async () => ({
  rows: ROWS,
  rejectedCount: 5,
  open: async position => {
    const contents = ROWS.flatMap(({ timeUs, device, temp }, index) => {
      const event = { ts: timeUs / 1000, device, temp };
      return index % 20 === 5 ? ['broken', event] : [event];
    });
    const connector: CustomConnector = {
      name: 'plc',
      async *read({ after }) {
        for (const [index, content] of contents.entries()) {
          if (index + 1 > (after ?? 0)) yield { content, sequence: index + 1 };
        }
      },
    };
    const asConnector = {
      name: 'plc',
      openSource: async (options: ConstructorParameters<typeof CustomSource>[2]) =>
        new CustomSource(connector, new Map(), options),
    };
    return await openSource(asConnector, motorNode({ connector: 'plc', address: 'x', codec: null }), { position });
  },
}));

function coded(code: string): MillraceError {
  return expect.objectContaining({ code });
}
