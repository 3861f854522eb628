import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'vitest';
import { jsonLines, startMillrace } from '../apps/millrace.ts';

/** On a machine that may be busy. */
export const SOON = { timeout: 60_000, interval: 100 };

export type Reply = { readonly status: number; readonly body: Record<string, unknown> };

/** A `millrace serve` of its own, in a folder. */
export class Service {
  readonly child: ChildProcess;
  #out = '';
  #err = '';

  constructor(cwd: string, options: readonly string[] = []) {
    this.child = startMillrace(['serve', ...options], { cwd });
    this.child.stdout!.on('data', chunk => (this.#out += chunk));
    this.child.stderr!.on('data', chunk => (this.#err += chunk));
  }

  /** Resolves when it listens. */
  static async start(cwd: string, options: readonly string[] = []): Promise<Service> {
    const service = new Service(cwd, options);
    await expect
      .poll(() => service.log().find(line => line['url'] !== undefined) !== undefined || service.child.exitCode, SOON)
      .toBe(true);
    return service;
  }

  get errors(): string {
    return this.#err;
  }

  get url(): string {
    return this.log().find(line => line['url'] !== undefined)!['url'] as string;
  }

  log(): Record<string, unknown>[] {
    return jsonLines(this.#out.slice(0, this.#out.lastIndexOf('\n') + 1));
  }

  codes(): unknown[] {
    return this.log().flatMap(({ code }) => code ?? []);
  }

  async get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return replyOf(await fetch(this.url + path, { headers }));
  }

  async post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    };
    return replyOf(await fetch(this.url + path, init));
  }

  async deploy(text: string): Promise<Reply> {
    return await this.post('/api/rules', { files: { 'rules.mill': text }, roots: ['rules.mill'], by: 'a test' });
  }

  async ready(): Promise<void> {
    await expect
      .poll(async () => (await this.get('/health/ready')).body, SOON)
      .toEqual({ status: 'ready', waits_for: [] });
  }

  /** Its exit code; null: it was killed. */
  async ended(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.child.kill(signal);
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

async function replyOf(response: Response): Promise<Reply> {
  return { status: response.status, body: (await response.json()) as Reply['body'] }; // as: JSON of ours
}
