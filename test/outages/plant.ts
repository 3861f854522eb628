import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startNats, startQuestDb } from '../../scripts/services/index.js';
import { type Rewriter, TcpProxy } from '../connectors/tcp-proxy.ts';
import { EngineProcess } from './engine-process.ts';
import { READ, RULES } from './rules.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { lastStored } from './stored-series.ts';
import { Telemetry } from './telemetry.ts';

export type Server = 'nats' | 'questDb';

export type PlantOptions = {
  readonly folder: string;
  /** More of nats-server's configuration. */
  readonly natsConfig?: string;
  /** millrace.yaml. */
  readonly settings?: string;
  /** Of what nats-server sends to the engine. */
  readonly createRewriter?: () => Rewriter;
};

/**
 * Real servers, a publisher of readings, and between them `millrace run` as a process, which reaches the servers through
 * networks that can fail.
 */
export class Plant {
  readonly folder: string;
  readonly engine: EngineProcess;
  readonly telemetry: Telemetry;
  readonly servers: { readonly [Name in Server]: Awaited<ReturnType<typeof startNats | typeof startQuestDb>> };
  readonly networks: { readonly [Name in Server]: TcpProxy };

  private constructor(parts: Pick<Plant, 'folder' | 'engine' | 'telemetry' | 'servers' | 'networks'>) {
    this.folder = parts.folder;
    this.engine = parts.engine;
    this.telemetry = parts.telemetry;
    this.servers = parts.servers;
    this.networks = parts.networks;
  }

  static async start({ folder, natsConfig = '', settings = '', createRewriter }: PlantOptions): Promise<Plant> {
    writeFileSync(join(folder, 'plant.mill'), RULES);
    writeFileSync(join(folder, 'undisturbed.mill'), READ);
    writeFileSync(join(folder, 'millrace.yaml'), settings);
    const [nats, questDb] = await Promise.all([
      startNats({ directory: join(folder, 'nats'), config: natsConfig }),
      startQuestDb({ directory: join(folder, 'questdb') }),
    ]);
    const networks = {
      nats: await TcpProxy.start(nats.port, createRewriter),
      questDb: await TcpProxy.start(questDb.httpPort),
    };
    const urls = { nats: networks.nats.url, questDb: `http://127.0.0.1:${networks.questDb.port}` };
    const engine = new EngineProcess(folder, urls);
    const telemetry = await Telemetry.create(nats.url);
    return new Plant({ folder, engine, telemetry, servers: { nats, questDb }, networks });
  }

  /** Resolves when a message of this sequence is stored, and was read by the engine that runs. */
  async stored(sequence: number): Promise<void> {
    while ((await lastStored(this.servers.questDb.url)) < sequence) {
      if (!this.engine.isRunning) throw new Error(`the engine has ended: ${this.engine.said}`);
      await delay(250);
    }
  }

  /** No more is published; the engine reads to the end, and what it made of it is looked at. */
  async end(): Promise<Outcome> {
    await this.engine.stop();
    await this.engine.runToTheEnd();
    return await outcomeOf(this);
  }

  async close(): Promise<void> {
    await this.telemetry.close();
    await this.engine.kill();
    await Promise.all([...Object.values(this.networks), ...Object.values(this.servers)].map(end));
  }
}

async function end(part: { close(): Promise<void> } | { stop(): Promise<void> }): Promise<void> {
  await ('close' in part ? part.close() : part.stop());
}
