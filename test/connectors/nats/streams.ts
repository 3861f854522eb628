import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager, type JetStreamManager, type StreamConfig } from '@nats-io/jetstream';
import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { createNatsConnector } from '../../../connectors/nats/index.ts';
import type { NatsSettings, NatsWarning } from '../../../connectors/nats/nats-settings.ts';
import type { Position, SourceRead } from '../../../engine/connector.ts';
import { motorNode, type OpenedSource, openSource, rowsOf } from '../sources.ts';
import { type NatsServer, startNats } from './nats-server.ts';

/** A server of this test alone. */
export async function ownServer(config = '', directory = temporaryFolder()): Promise<NatsServer> {
  const server = await startNats({ directory, config });
  onTestFinished(() => server.kill());
  return server;
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-nats-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What an operator does, on a connection of its own. */
export class Operator {
  readonly client: NatsConnection;
  readonly manager: JetStreamManager;

  private constructor(client: NatsConnection, manager: JetStreamManager) {
    this.client = client;
    this.manager = manager;
  }

  static async connect(url: string, options: ConnectionOptions = {}): Promise<Operator> {
    const client = await connect({ servers: url, maxReconnectAttempts: -1, reconnectTimeWait: 100, ...options });
    onTestFinished(() => client.close());
    return new Operator(client, await jetstreamManager(client));
  }

  async createStream(config: Partial<StreamConfig> = {}): Promise<void> {
    await this.manager.streams.add({ name: 'PLANT', subjects: ['plant.*.*.motor'], ...config });
  }

  /** What is sent while the server is away gets lost. */
  async #connected(): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const isThere = await Promise.race([
        this.client.rtt().then(
          () => true,
          () => false,
        ),
        pause(500),
      ]);
      if (isThere === true) return;
      await pause(50);
    }
  }

  /** The nth message says n; returns when the last one is stored. */
  async publish(from: number, to: number, subject: (n: number) => string = () => SUBJECT): Promise<void> {
    await this.#connected();
    for (let n = from; n <= to; n++) {
      if (n < to && n % 1000 !== 0) this.client.publish(subject(n), message(n));
      else await jetstream(this.client).publish(subject(n), message(n), { timeout: 20_000 });
    }
  }
}

export const ADDRESS = 'plant.*.*.motor';
export const SUBJECT = 'plant.a.1.motor';

export function message(n: number): string {
  return JSON.stringify({ ts: n, device: `m${n % 3}`, temp: n });
}

export type NatsReader = OpenedSource & { readonly warnings: NatsWarning[]; position: Position | null };

export async function openReader(
  server: { readonly url: string },
  options: {
    readonly settings?: Partial<NatsSettings>;
    readonly position?: Position | null;
    readonly address?: string;
    readonly id?: string;
  } = {},
): Promise<NatsReader> {
  const { settings = {}, position = null, address = ADDRESS, id = 'motor' } = options;
  const warnings: NatsWarning[] = [];
  const connector = createNatsConnector({
    servers: [server.url],
    reconnectMaxWaitMs: 300,
    onWarning: warning => warnings.push(warning),
    ...settings,
  });
  const node = motorNode({ id, connector: 'nats', address, codec: 'json', futureUs: null });
  const opened = await openSource(connector, node, { position });
  onTestFinished(() => opened.source.close());
  return { ...opened, warnings, position };
}

export type Content = {
  readonly numbers: number[];
  readonly rejected: string[];
  readonly rejectedUs: number[];
  readonly ticks: number[];
  readonly arrivalUs: number[];
};

/** Reads until it has seen enough, or some time has gone. */
export async function readUntil(
  reader: NatsReader,
  isEnough: (content: Content) => boolean,
  options: {
    readonly maxEvents?: number;
    readonly timeoutMs?: number;
    readonly onRead?: (read: SourceRead, content: Content) => Promise<void> | void;
  } = {},
): Promise<Content> {
  const { maxEvents = 5000, timeoutMs = 20_000, onRead } = options;
  const content: Content = { numbers: [], rejected: [], rejectedUs: [], ticks: [], arrivalUs: [] };
  const signal = AbortSignal.timeout(timeoutMs);
  while (!signal.aborted && !isEnough(content)) {
    const read = await reader.source.read({ maxEvents, signal });
    reader.position = read.position;
    if (read.kind === 'tick') content.ticks.push(read.arrivalUs);
    if (read.kind === 'batch') {
      for (const row of rowsOf(read.batch, reader.names, reader.symbols)) content.numbers.push(Number(row['temp']));
      content.arrivalUs.push(...read.batch.arrivalUs);
      content.rejected.push(...read.batch.rejected.map(({ code, reason }) => `${code} ${reason}`));
      content.rejectedUs.push(...read.batch.rejected.map(({ arrivalUs }) => arrivalUs));
    }
    await onRead?.(read, content);
  }
  return content;
}

export async function readNumbers(reader: NatsReader, count: number, timeoutMs = 20_000): Promise<Content> {
  return await readUntil(reader, ({ numbers }) => numbers.length >= count, { timeoutMs });
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);
}

export async function pause(ms: number): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, ms));
}
