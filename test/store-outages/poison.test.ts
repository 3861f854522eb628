import { expect, test } from 'vitest';
import { QuestDbClient } from '../../connectors/questdb/questdb-client.ts';
import { readSeries } from '../../connectors/questdb/read-series.ts';
import { startNats } from '../../scripts/services/index.js';
import { readScalar, type Scalar, SymbolTable } from '../../engine/batch.ts';
import type { Series } from '../../engine/connector.ts';
import { sharedQuestDb } from '../services/servers.ts';
import { type Message, Publisher, query, Runs, untilRows } from './plant.ts';
import { type GoodEvent, goodEvent, hostileNames, largeMessage, type Poison, poisons } from './poison.ts';

const questDb = await sharedQuestDb();
const nats = await startNats({ config: 'max_payload: 16MB' });

const RULES = `
stream poisoned from nats "poisoned.*.motor" json {
  key device: symbol
  temp: float degC in -50..200
  time ts as ms
}
store poisoned keep 3650d
stream of_tokens from nats "tokens.*.motor" json { key device: symbol = subject[2]  temp: float degC  time ts as ms }
store of_tokens keep 3650d
`;

test('poison harms no neighbour and is stored as rejected, once, though the run is killed', {
  timeout: 180_000,
}, async () => {
  const publisher = await Publisher.connect(nats.url, { name: 'POISONED', subjects: ['poisoned.*.motor'] });
  const ofTokens = await Publisher.connect(nats.url, { name: 'TOKENS', subjects: ['tokens.*.motor'] });
  const runs = new Runs({ nats: nats.url, questDb }, { 'plant.mill': RULES });
  const sent = new Sent();
  try {
    runs.start('--workers', '2');
    const tokens = hostileTokens().map((token, i) => ({ token, event: goodEvent(i, token) }));
    await ofTokens.publish(tokens.map(({ token, event }) => message(`tokens.${token}.motor`, event)));
    sent.add(await publisher.publish(sent.prepare(mixed(0))));
    await untilRows(questDb, 'poisoned', 100);
    const columns = await columnsOf('poisoned');
    await runs.kill();

    sent.add(await publisher.publish(sent.prepare([{ event: goodEvent(10_000, 'n1') }])));
    const gone = await publisher.publish([1, 2, 3].map(n => message(SUBJECT, goodEvent(20_000 + n, 'gone'))));
    await publisher.remove('POISONED', gone);
    sent.add(await publisher.publish(sent.prepare(mixed(30_000))));
    runs.start('--workers', '0');
    await untilRows(questDb, 'poisoned', sent.good.size / 2 + 50);
    await runs.kill();
    const ended = await runs.runToTheEnd('--workers', '3');
    expect(ended).toMatchObject({ code: 0, said: expect.not.stringMatching(/MR9001|are not stored/) });

    const stored = 'SELECT seq, item, device, temp, time::long FROM poisoned ORDER BY seq, item';
    await expect
      .poll(() => query(questDb, stored), { timeout: 20_000 })
      .toEqual([...sent.good].map(([sequence, { device, temp, ts }]) => [sequence, 0, device, temp, ts * 1_000]));
    expect(await devicesRead('poisoned')).toEqual([...sent.good.values()].map(({ device }) => device).sort());
    const read = 'SELECT device, temp, time::long FROM of_tokens ORDER BY time';
    await expect
      .poll(() => query(questDb, read), { timeout: 20_000 })
      .toEqual(tokens.map(({ event: { device, temp, ts } }) => [device, temp, ts * 1_000]));

    const rejected = 'SELECT seq, code, count() FROM poisoned_rejected ORDER BY seq, code';
    const expected = [...sent.rejected, [gone[0], 'MR5109', 1]].sort(([a], [b]) => Number(a) - Number(b));
    await expect.poll(() => query(questDb, rejected), { timeout: 20_000 }).toEqual(expected);
    const names = await query(questDb, 'SELECT count_distinct(seq * 100000 + item), count() FROM poisoned_rejected');
    expect(names[0]![0]).toBe(names[0]![1]);
    for (const [sequence, { payload }] of sent.shown) {
      const rows = await query(questDb, `SELECT raw FROM poisoned_rejected WHERE seq = ${sequence}`);
      expect(rows).toEqual([[payload]]);
    }
    const [gap] = await query(questDb, "SELECT reason, device FROM poisoned_rejected WHERE code = 'MR5109'");
    expect(gap).toEqual([expect.stringMatching(/^3 messages/), null]);
    const [range] = await query(
      questDb,
      "SELECT device, event_time::long FROM poisoned_rejected WHERE code = 'MR4012'",
    );
    expect(range).toEqual(['n1', Date.UTC(2026, 0, 1) * 1_000]);

    expect(await columnsOf('poisoned')).toEqual(columns);
    expect(await query(questDb, `SELECT table_name FROM tables() WHERE table_name ~ '${INJECTED}|evil'`)).toEqual([]);
  } finally {
    await runs.kill();
    await nats.stop();
  }
});

type Item = { readonly event: GoodEvent; readonly isLarge?: boolean } | { readonly poison: Poison };

/** Of what was published: what has to come of it, by its sequence. */
class Sent {
  readonly good = new Map<number, GoodEvent>();
  readonly rejected: (readonly [number, string, number])[] = [];
  /** Rejections whose text is the whole message. */
  readonly shown = new Map<number, Poison>();
  #prepared: readonly Item[] = [];

  prepare(items: readonly Item[]): Message[] {
    this.#prepared = items;
    return items.map(item => {
      if ('poison' in item) return { subject: SUBJECT, ...item.poison };
      return item.isLarge === true ? largeMessage(item.event, SUBJECT) : message(SUBJECT, item.event);
    });
  }

  add(sequences: readonly number[]): void {
    this.#prepared.forEach((item, i) => {
      const sequence = sequences[i]!;
      if ('event' in item) {
        this.good.set(sequence, item.event);
        return;
      }
      const { poison } = item;
      const codes = Object.entries(poison.rejected);
      for (const [code, count] of codes) this.rejected.push([sequence, code, count]);
      const isShown =
        typeof poison.payload === 'string' && poison.payload.length <= 1_000 && !HIDDEN.test(codes[0]![0]);
      if (isShown) this.shown.set(sequence, poison);
    });
  }
}

/** Neighbours and hostile names, and poison between them. */
function mixed(from: number): Item[] {
  const names = hostileNames({ table: 'poisoned', injected: INJECTED });
  const events = Array.from({ length: 4 * names.length }, (_, i): Item[] => [
    { event: goodEvent(from + 2 * i, `n${i % 10}`) },
    { event: goodEvent(from + 2 * i + 1, names[i % names.length]!), isLarge: i === 50 },
  ]).flat();
  const bad = poisons().map((poison): Item => ({ poison }));
  const every = Math.floor(events.length / bad.length);
  return events.flatMap((event, i) => (i % every === 0 && i / every < bad.length ? [bad[i / every]!, event] : [event]));
}

/** What a subject's token may be, to NATS. */
function hostileTokens(): string[] {
  return [
    "it's",
    '"',
    '\\',
    '💥',
    '__proto__',
    'a=b,c',
    '$JS',
    '{x}',
    'a*b',
    'a>b',
    `x';DROP`,
    '\u0001',
    'ä',
    'x'.repeat(900),
  ];
}

function message(subject: string, event: GoodEvent): Message {
  return { subject, payload: JSON.stringify(event) };
}

async function columnsOf(table: string) {
  return await query(questDb, `SELECT "column", "type", upsertKey FROM table_columns('${table}')`);
}

/** As history reads them, in order. */
async function devicesRead(stream: string): Promise<Scalar[]> {
  const series: Series = {
    stream,
    keepUs: null,
    key: [{ name: 'device', type: 'symbol' }],
    fields: [{ name: 'temp', type: 'float' }],
    kind: 'raw',
  };
  const client = new QuestDbClient({ url: questDb });
  const symbols = new SymbolTable();
  const devices: Scalar[] = [];
  for await (const part of readSeries({ client, series, symbols, fromUs: 0, toUs: 4e15, pageRows: 1_000 })) {
    for (let row = 0; row < part.length; row++) devices.push(readScalar(part.key[0]!, row, symbols));
  }
  await client.close();
  return devices.sort();
}

const SUBJECT = 'poisoned.x.motor';
const INJECTED = 'millrace_injected';
/** Of these, another text than the message's is shown, or none. */
const HIDDEN = /MR4006|MR4008|MR4009|MR4020/;
