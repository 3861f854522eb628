import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createLog, type ServerLog } from '../../apps/server/log/log.ts';
import { ServerMetrics } from '../../apps/server/metrics/server-metrics.ts';
import { type OpenTracer, openTracer } from '../../apps/server/traces/open-tracer.ts';
import type { RunningJob } from '../../engine/runtime/job.ts';

/** In a process of its own, as Prometheus and a collector are: scrapes what it is told to each second, and takes traces. */
const OUTSIDE = `
const { createServer } = require('node:http');
let scrapes = 0, spans = 0, target = null;
const collector = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  spans += text.split('"spanId"').length - 1;
  response.setHeader('content-type', 'application/json').end('{}');
}).listen(0, '127.0.0.1', () => process.send({ port: collector.address().port }));
setInterval(async () => {
  if (target === null) return;
  const answer = await fetch(target).then(response => response.text()).catch(() => '');
  if (answer.endsWith('# EOF\\n')) scrapes++;
  process.send({ scrapes, spans });
}, 1000);
process.on('message', message => (target = message.target));
`;

/** What looks at a job. */
export class Observers {
  readonly #outside: ChildProcess;
  readonly #server: Server;
  readonly #log: ServerLog;
  readonly #metrics: ServerMetrics;
  readonly #traces: OpenTracer;
  #counts = { scrapes: 0, spans: 0 };

  static async start(): Promise<Observers> {
    const outside = spawn(process.execPath, ['-e', OUTSIDE], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [{ port }] = (await once(outside, 'message')) as [{ readonly port: number }];
    const log = createLog({ write: () => {}, colours: null });
    const endpoint = `http://127.0.0.1:${port}/v1/traces`;
    const traces = await openTracer({ endpoint, ratio: 0.01, version: '1', log: log.log });
    const observers = new Observers(outside, log, traces);
    await once(observers.#server, 'listening');
    return observers;
  }

  private constructor(outside: ChildProcess, log: ServerLog, traces: OpenTracer) {
    this.#outside = outside;
    this.#log = log;
    this.#traces = traces;
    this.#metrics = new ServerMetrics({ version: '1', logged: log.counts, maxLabelNames: 500 });
    this.#server = createServer(async (_, response) => {
      response.setHeader('content-type', this.#metrics.contentType).end(await this.#metrics.text());
    }).listen(0, '127.0.0.1');
    outside.on('message', counts => (this.#counts = counts as { scrapes: number; spans: number }));
  }

  get tracer(): OpenTracer['tracer'] {
    return this.#traces.tracer;
  }

  async follow(job: RunningJob): Promise<void> {
    await this.#metrics.follow(job);
    const { port } = this.#server.address() as AddressInfo;
    this.#outside.send({ target: `http://127.0.0.1:${port}/metrics` });
  }

  /** Something that happens again and again. */
  log(): void {
    for (let i = 0; i < 100; i++) this.#log.log({ level: 'warn', code: 'MR5200', message: `no answer, try ${i}` });
  }

  async rest(): Promise<void> {
    this.#outside.send({ target: null });
  }

  counts(): { readonly scrapes: number; readonly spans: number } {
    return this.#counts;
  }

  async stop(): Promise<void> {
    await this.#traces.close();
    this.#log.close();
    this.#server.closeAllConnections();
    this.#server.close();
    this.#outside.kill();
  }
}
