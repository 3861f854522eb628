import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith, millrace } from '../apps/millrace.ts';
import { sharedNats, sharedQuestDb } from '../services/servers.ts';
import { query } from './stored-series.ts';

const MESSAGES = 2_000;
const FIELDS = 'json { key device: symbol = subject[2]  x: float  time ts as ms }';
const RULES = `
stream twin_a from nats "twins.a.*" ${FIELDS}
stream twin_b from nats "twins.b.*" ${FIELDS}
store twin_a keep 3650d
store twin_b keep 3650d
`;

const [nats, questDb] = await Promise.all([sharedNats(), sharedQuestDb()]);

test('two streams with the same sequences, times and keys do not collide, in two tables or in one', async () => {
  const connection = await connect({ servers: nats });
  onTestFinished(() => connection.close());
  const { streams } = await jetstreamManager(connection);
  for (const [t, twin] of ['a', 'b'].entries()) {
    await streams.add({ name: `TWINS_${twin}`, subjects: [`twins.${twin}.*`] });
    onTestFinished(async () => void (await streams.delete(`TWINS_${twin}`)));
    for (let n = 1; n <= MESSAGES; n++) {
      const [subject, payload] = [`twins.${twin}.m${n % 5}`, JSON.stringify({ ts: 1_760_000_000_000 + n, x: t })];
      if (n % 500 === 0) await jetstream(connection).publish(subject, payload);
      else connection.publish(subject, payload);
    }
  }
  const folder = folderWith({ 'twins.mill': RULES });
  const run = (...more: string[]) => {
    const words = ['run', 'twins.mill', '--once', '--store', `questdb:${questDb}`, ...more];
    const { code, err } = millrace(words, { cwd: folder, env: { MILLRACE_NATS_URL: nats } });
    expect({ code, err }).toEqual({ code: 0, err: '' });
  };
  run();
  expect(await counts('twin_a')).toEqual([[MESSAGES, MESSAGES, 0]]);
  expect(await counts('twin_b')).toEqual([[MESSAGES, MESSAGES, MESSAGES]]);
  run('--source', 'twin_a=nats:twins.b.*');
  expect(await counts('twin_a')).toEqual([
    [MESSAGES, MESSAGES, 0],
    [MESSAGES, MESSAGES, MESSAGES],
  ]);
  expect(await counts('twin_b')).toEqual([[MESSAGES, MESSAGES, MESSAGES]]);
});

/** Rows, sequences and sum of values by source. */
async function counts(table: string): Promise<number[][]> {
  const text = `select count(), count_distinct(seq), cast(sum(x) as long) total from ${table} group by source order by total`;
  let before = '';
  for (;;) {
    const found = await query(questDb, text);
    if (JSON.stringify(found) === before) return found;
    before = JSON.stringify(found);
    await new Promise(resolve => setTimeout(resolve, 300)); // what is committed is seen when it is applied
  }
}
