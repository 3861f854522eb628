import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiscardPolicy } from '@nats-io/jetstream';
import { describe, expect, test } from 'vitest';
import { folderWith } from '../apps/millrace.ts';
import { createAlertStream } from '../connectors/nats/publishing.ts';
import type { NatsServer } from '../connectors/nats/nats-server.ts';
import { Operator, ownServer } from '../connectors/nats/streams.ts';
import { Service, SOON } from './service.ts';

const RULES = `
stream motor from nats "plant.*.*.motor" json { key device: symbol  temp: float  time ts as ms }
rule hot on motor { high when temp > 90  clear when temp < 10 }
route alerts to nats "alerts.{device}.{severity}"
`;

describe('servers that are away', { timeout: 180_000 }, () => {
  test('are waited for at the start: not ready, said once, and then read from', async () => {
    const { server, operator, folder } = await plant();
    await operator.publish(1, 100);
    await server.stop();
    const service = await Service.start(folder);
    await expect
      .poll(async () => (await service.get('/health/ready')).body['waits_for'], SOON)
      .toMatchObject([{ code: 'MR5101', message: expect.stringContaining('cannot connect') }]);
    expect((await service.get('/health/ready')).status).toBe(503);
    expect((await service.get('/health/live')).status).toBe(200);
    await server.restart();
    await service.ready();
    await expect.poll(() => alertsOf(operator), SOON).toBe(3);
    expect(service.codes().filter(code => code === 'MR5101')).toHaveLength(1);
    expect(service.log().some(({ message }) => /^reading again, after \d+ failures$/.test(String(message)))).toBe(true);
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('while a sink takes nothing rules are not changed, and then they are', async () => {
    const { operator, folder } = await plant();
    const service = await Service.start(folder);
    await service.ready();
    await operator.manager.streams.update('ALERTS', { max_msgs: 1, discard: DiscardPolicy.New });
    await operator.publish(1, 100);
    await expect.poll(async () => (await service.get('/health/ready')).status, SOON).toBe(503);
    const refused = await service.deploy(RULES.replace('90', '80'));
    expect(refused).toMatchObject({ status: 503, body: { outcome: 'refused', code: 'MR7064' } });
    writeFileSync(join(folder, 'rules/rules.mill'), RULES.replace('90', '85'));
    await expect
      .poll(async () => (await service.get('/api/rules')).body['last_refusal'], SOON)
      .toMatchObject({
        what: 'the folder of rules',
        code: 'MR7064',
      });
    await operator.manager.streams.update('ALERTS', { max_msgs: -1 });
    await expect.poll(async () => (await service.get('/api/rules')).body['version'], SOON).toBe(2);
    await expect.poll(async () => (await service.get('/api/rules')).body['last_refusal'], SOON).toBe(null);
    await service.ready();
    expect(await alertsOf(operator)).toBe(3);
    expect(await service.ended('SIGTERM')).toBe(0);
  });

  test('asked to stop while it waits for them, it stops', async () => {
    const { server, folder } = await plant();
    await server.stop();
    const service = await Service.start(folder);
    await expect
      .poll(async () => (await service.get('/health/ready')).body['waits_for'], SOON)
      .toMatchObject([{ code: 'MR5101' }]);
    expect(await service.ended('SIGTERM')).toBe(0);
  });
});

async function plant(): Promise<{ server: NatsServer; operator: Operator; folder: string }> {
  const server = await ownServer();
  const operator = await Operator.connect(server.url);
  await operator.createStream();
  await createAlertStream(operator);
  const settings = `http: { port: 0 }\nworkers: 0\nnats: { servers: "${server.url}", connectTimeout: 1s }\n`;
  const folder = folderWith({ 'millrace.yaml': settings });
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/rules.mill'), RULES);
  return { server, operator, folder };
}

async function alertsOf(operator: Operator): Promise<number> {
  return (await operator.manager.streams.info('ALERTS')).state.messages;
}
