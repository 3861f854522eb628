import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { onTestFinished } from 'vitest';
import { launcher } from '../apps/millrace.ts';

export type Message = {
  readonly subject: string;
  readonly payload: string | Uint8Array;
  /** How the payload is packed, as its header says. */
  readonly encoding?: string;
};

/** A publisher into a JetStream stream that is made for a test; and a look into it. */
export class Publisher {
  readonly #connection: NatsConnection;

  static async connect(
    url: string,
    stream: { readonly name: string; readonly subjects: string[] },
  ): Promise<Publisher> {
    const connection = await connect({ servers: url });
    onTestFinished(() => connection.close());
    await (await jetstreamManager(connection)).streams.add(stream);
    return new Publisher(connection);
  }

  private constructor(connection: NatsConnection) {
    this.#connection = connection;
  }

  /** In this order; the sequences that they have in the stream. */
  async publish(messages: readonly Message[]): Promise<number[]> {
    const client = jetstream(this.#connection);
    const sequences: number[] = [];
    for (const { subject, payload, encoding } of messages) {
      const packed = encoding === undefined ? {} : { headers: headers() };
      packed.headers?.set('Content-Encoding', encoding!);
      sequences.push((await client.publish(subject, payload, packed)).seq);
    }
    return sequences;
  }

  async remove(stream: string, sequences: readonly number[]): Promise<void> {
    const { streams } = await jetstreamManager(this.#connection);
    for (const sequence of sequences) await streams.deleteMessage(stream, sequence);
  }
}

export type Ended = { readonly code: number | null; readonly said: string };

/** `millrace run` with its state in a folder of a test, again and again. */
export class Runs {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;
  #ended: Promise<Ended> | undefined;
  #said = '';

  constructor(
    servers: { readonly nats?: string; readonly questDb?: string },
    files: Readonly<Record<string, string>>, // `plant.mill` among them
  ) {
    this.folder = mkdtempSync(join(tmpdir(), 'millrace-outages-'));
    onTestFinished(async () => {
      await this.kill();
      rmSync(this.folder, { recursive: true, force: true });
    });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
    this.#environment = {
      ...process.env,
      ...(servers.nats === undefined ? {} : { MILLRACE_NATS_URL: servers.nats }),
      ...(servers.questDb === undefined ? {} : { MILLRACE_QUESTDB_URL: servers.questDb }),
    };
  }

  /** Of the run that goes on: what it said on its standard error. */
  get said(): string {
    return this.#said;
  }

  start(...more: string[]): void {
    const words = ['run', 'plant.mill', '--store', 'questdb', '--state', 'state', '--checkpoint-every', '100ms'];
    const started = spawn(process.execPath, [launcher, ...words, ...more], {
      cwd: this.folder,
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#said = '';
    started.stderr!.on('data', text => {
      if (this.#said.length < MOST_SAID) this.#said += text;
      else started.kill('SIGKILL'); // it says the same again and again
    });
    this.#process = started;
    this.#ended = once(started, 'close').then(([code]) => ({ code, said: this.#said }));
  }

  /** By itself. */
  async end(): Promise<Ended> {
    const ended = await this.#ended!;
    this.#process = undefined;
    return ended;
  }

  async kill(): Promise<void> {
    if (this.#process === undefined) return;
    this.#process.kill('SIGKILL');
    await this.end();
  }

  /** Reads what is there, and ends. */
  async runToTheEnd(...more: string[]): Promise<Ended> {
    this.start('--once', ...more);
    return await this.end();
  }
}

const MOST_SAID = 100_000;

/** A query's rows. A table that is not there has none. */
export async function query(url: string, text: string): Promise<readonly (readonly unknown[])[]> {
  const response = await fetch(`${url}/exec?nm=true&query=${encodeURIComponent(text)}`);
  const { dataset, error } = (await response.json()) as { dataset?: unknown[][]; error?: string };
  if (error !== undefined && !/table does not exist/.test(error)) throw new Error(`${error} in ${text}`);
  return dataset ?? [];
}

/** Resolves when the table has so many rows; QuestDB shows them soon after they are committed. */
export async function untilRows(url: string, table: string, atLeast: number): Promise<void> {
  for (;;) {
    const [row] = await query(url, `SELECT count() FROM "${table}"`);
    if (Number(row?.[0] ?? 0) >= atLeast) return;
    await delay(20);
  }
}
