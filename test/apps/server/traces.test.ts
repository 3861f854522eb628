import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jetstream } from '@nats-io/jetstream';
import { headers, type Msg } from '@nats-io/transport-node';
import { expect, it, onTestFinished } from 'vitest';
import type { LogLine } from '../../../apps/server/log/log-line.ts';
import { openTracer } from '../../../apps/server/traces/open-tracer.ts';
import { readTraceParent } from '../../../apps/server/traces/trace-parent.ts';
import { createConnectors } from '../../../connectors/index.ts';
import { compile } from '../../../dsl/compile.ts';
import { startJob } from '../../../engine/runtime/job.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { Operator, temporaryFolder } from '../../connectors/nats/streams.ts';
import { sharedNats } from '../../services/servers.ts';

const url = await sharedNats();
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SAMPLED = `00-${TRACE_ID}-00f067aa0ba902b7-01`;
const NOT_SAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

const RULES = `
stream motor from nats "traced.in" json { key device: symbol  temp: float  time ts as ms }
rule hot on motor { high when temp > 90 }
route alerts to nats "traced.alerts"
`;

it('one event is followed from a message to the alert that is published, in the trace of who sent it', async () => {
  const operator = await Operator.connect(url);
  await operator.manager.streams.add({ name: 'TRACED', subjects: ['traced.*'] });
  onTestFinished(async () => void (await operator.manager.streams.delete('TRACED')));
  const published: Msg[] = [];
  operator.client.subscribe('traced.alerts', { callback: (_, message) => void published.push(message) });
  const collector = await startCollector();
  const log: LogLine[] = [];
  const { tracer, close } = await openTracer({
    endpoint: `${collector.url}/v1/traces`,
    ratio: 0,
    version: '1.2.3',
    log: line => log.push(line),
  });
  const { plan } = compile({ file: 'traced.mill', text: RULES });
  const ending = new AbortController();
  const job = startJob({
    plan: plan!,
    connectors: createConnectors({
      disk: new NodeDisk(),
      log: { write: () => {}, isJson: true },
      nats: { servers: [url] },
    }),
    stateDirectory: temporaryFolder(),
    tracer,
    signal: ending.signal,
  });
  const events = async () => (await job.metrics()).counts.events;
  const publish = async (temp: number, count: number, traceParent: string | null) => {
    const header = headers();
    if (traceParent !== null) header.set('traceparent', traceParent);
    const message = JSON.stringify({ device: 'm1', temp, ts: Date.now() + count });
    await jetstream(operator.client).publish('traced.in', message, { headers: header });
    await expect.poll(events, { timeout: 20_000 }).toBe(count);
  };
  await publish(70, 1, null); // the ratio is 0
  await publish(71, 2, NOT_SAMPLED);
  await publish(95, 3, SAMPLED);
  await expect.poll(() => published.length, { timeout: 20_000 }).toBe(1);
  ending.abort();
  await job.done;
  await close();

  const spans = collector.spans();
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]));
  const round = spans.find(({ name }) => name === 'round')!;
  expect(round.parentSpanId).toBe('00f067aa0ba902b7');
  const below = spans.filter(({ parentSpanId }) => parentSpanId === round.spanId).map(({ name }) => name);
  expect(below.toSorted()).toEqual(['checkpoint', 'delivery', 'gate', 'read', 'room', 'workers']);
  const sink = spans.find(({ name }) => name === 'sink')!;
  expect(sink.parentSpanId).toBe(spans.find(({ name }) => name === 'delivery')!.spanId);
  expect(sink.attributes).toContainEqual({ key: 'millrace.sink', value: { stringValue: 'nats traced.alerts' } });
  expect(published[0]!.headers!.get('traceparent')).toBe(`00-${TRACE_ID}-${sink.spanId}-01`);
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
    expect(BigInt(startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(round.startTimeUnixNano));
    expect(BigInt(endTimeUnixNano)).toBeLessThanOrEqual(BigInt(round.endTimeUnixNano));
  }
  expect(collector.resource()).toContainEqual({ key: 'service.name', value: { stringValue: 'millrace' } });
  expect(log).toEqual([]);
});

it('a collector that is away is told, and nothing waits for it', async () => {
  const log: LogLine[] = [];
  const endpoint = 'http://127.0.0.1:9/v1/traces';
  const { tracer, close } = await openTracer({ endpoint, ratio: 1, version: '1', log: line => log.push(line) });
  const trace = tracer.startRound({ stream: 's', events: 1, readMs: 5, traceParents: ['nonsense'] })!;
  trace.begin('gate').end();
  trace.end();
  await close();
  await expect.poll(() => log.length, { timeout: 20_000 }).toBeGreaterThan(0);
  expect(log[0]).toMatchObject({ level: 'warn', code: 'MR7090', subject: endpoint });
});

it('only what is a traceparent counts as one', () => {
  expect(readTraceParent(SAMPLED)).toMatchObject({ traceId: TRACE_ID, traceFlags: 1, isRemote: true });
  expect(readTraceParent(NOT_SAMPLED)).toMatchObject({ traceFlags: 0 });
  expect(readTraceParent(`01-${TRACE_ID}-00f067aa0ba902b7-01-more`)).toMatchObject({ traceId: TRACE_ID });
  for (const text of [
    '',
    'x',
    `ff-${TRACE_ID}-00f067aa0ba902b7-01`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `${SAMPLED}-x`,
  ]) {
    expect(readTraceParent(text), text).toBeNull();
  }
});

type OtlpSpan = {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly unknown[];
};
type OtlpRequest = {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly unknown[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
};

/** What takes OTLP over HTTP, as JSON. */
async function startCollector() {
  const requests: OtlpRequest[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    requests.push(JSON.parse(text) as OtlpRequest);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const resources = () => requests.flatMap(({ resourceSpans }) => resourceSpans);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    resource: () => resources().flatMap(({ resource }) => resource.attributes),
  };
}
