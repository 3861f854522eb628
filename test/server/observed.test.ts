import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { folderWith } from '../apps/millrace.ts';
import { parseOpenMetrics } from '../operations/open-metrics.ts';
import { Service, SOON } from './service.ts';

const RULES = `
stream motor from file "../motor.csv" csv { key device: symbol  temp: float degC  time ts as s }
rule hot on motor { high when temp > 90 degC  clear when temp < 80 degC }
route alerts to file "../alerts.ndjson"
`;

test('a service tells its metrics, over a change of rules, and sends traces', { timeout: 120_000 }, async () => {
  const collector = await startCollector();
  const folder = folderWith({ 'motor.csv': 'device,temp,ts\n' });
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/motors.mill'), RULES);
  writeFileSync(
    join(folder, 'millrace.yaml'),
    `http: { port: 0 }\nworkers: 1\ntraces: { endpoint: "${collector.url}/v1/traces", ratio: 1 }\n`,
  );
  const service = await Service.start(folder);
  await service.ready();
  const metrics = async () => {
    const answer = await fetch(`${service.url}/metrics`);
    expect(answer.headers.get('content-type')).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    const samples = parseOpenMetrics(await answer.text());
    return (name: string) => samples.filter(sample => sample.name === name).map(({ value }) => value);
  };
  appendFileSync(join(folder, 'motor.csv'), 'm1,95,1\nm2,20,1\nm1,oven,2\n');
  await expect.poll(async () => (await metrics())('millrace_events_total'), SOON).toEqual([2]);
  const before = await metrics();
  expect(before('millrace_job_running')).toEqual([1]);
  expect(before('millrace_rejections_total')).toEqual([1]);
  expect(before('millrace_alert_changes_total')).toEqual([1]);
  expect(before('millrace_worker_heap_bytes')).toHaveLength(1);

  const more = RULES.replace('route', 'rule cold on motor { low when temp < 0 degC }\nroute');
  expect((await service.deploy(more)).body).toMatchObject({ outcome: 'switched' });
  await service.ready();
  appendFileSync(join(folder, 'motor.csv'), 'm1,-5,3\n');
  await expect.poll(async () => (await metrics())('millrace_events_total'), SOON).toEqual([3]);
  const after = await metrics();
  expect(after('millrace_rules')).toEqual([2]);
  expect(after('millrace_alert_changes_total').reduce((sum, count) => sum + count, 0)).toBe(3);
  expect(after('millrace_checkpoints_total')[0]).toBeGreaterThan(before('millrace_checkpoints_total')[0]!);
  expect(await service.ended('SIGTERM')).toBe(0);
  expect(collector.bodies.join('\n')).toContain('"name":"checkpoint"');
});

async function startCollector() {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    bodies.push(text);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
