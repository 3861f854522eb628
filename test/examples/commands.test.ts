import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { millrace } from '../apps/millrace.ts';
import { root } from '../repository/tree.ts';
import { sharedNats } from '../services/servers.ts';

const nats = await sharedNats();

test('the water tanks by NATS: each command is published once, as the rules on the file give them', {
  timeout: 120_000,
}, async () => {
  const folder = join(root, 'examples/water-tanks');
  const run = (commandLine: string) => {
    const result = millrace(commandLine.split(' '), { cwd: folder, env: { MILLRACE_NATS_URL: nats } });
    expect({ code: result.code, err: result.err }, commandLine).toEqual({ code: 0, err: '' });
    return result.out;
  };
  run('setup live.mill --apply');
  run('publish data/tanks.csv --to nats --rules live.mill');
  run('run live.mill --once');

  const wanted = readFileSync(join(folder, 'found.txt'), 'utf8')
    .split('\n')
    .flatMap(line => /(raised|cleared) +(fill|stop) +(\w+)/.exec(line)?.slice(1).join(' ') ?? []);
  expect(wanted.length).toBeGreaterThan(10);
  expect((await commands()).toSorted()).toEqual(wanted.toSorted());
});

/** All that was published to pumps: change, rule, tank. */
async function commands(): Promise<string[]> {
  const connection = await connect({ servers: nats });
  try {
    const client = jetstream(connection);
    const manager = await client.jetstreamManager();
    const stream = await manager.streams.find('commands.hill');
    const read: string[] = [];
    const consumer = await client.consumers.get(stream, { filter_subjects: 'commands.>' });
    const { num_pending: pending } = await consumer.info();
    for await (const message of await consumer.fetch({ max_messages: pending, expires: 5_000 })) {
      const { data } = message.json<{ data: { change: string; rule: string } }>();
      read.push(`${data.change} ${data.rule} ${message.subject.split('.')[1]}`);
    }
    return read;
  } finally {
    await connection.close();
  }
}
