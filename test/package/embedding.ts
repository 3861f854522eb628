import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { root } from '../repository/tree.ts';

const BEGIN_MS = Date.parse('2024-05-01T06:00:00Z');

/** A compressor's readings, one a minute, of this power in kW at 600 m³/h. */
export type Gateway = { readonly powers: number[]; readonly asked: number[]; readonly server: Server };

export async function startGateway(powers: number[]): Promise<Gateway> {
  const asked: number[] = [];
  const server = createServer((request, response) => {
    const after = Number(new URL(request.url!, 'http://gateway').searchParams.get('after'));
    asked.push(after);
    const readings = powers.map((power, minute) => {
      const at = new Date(BEGIN_MS + minute * 60_000).toISOString();
      return { number: minute + 1, id: 'K1', power, flow: 600, state: 'load', at };
    });
    response.end(JSON.stringify(readings.slice(after)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { powers, asked, server };
}

/** The example's files in a folder of the project, with the rules reading this gateway. */
export function copyExample(folder: string, { server }: Gateway): void {
  cpSync(join(root, 'examples/embed'), folder, { recursive: true });
  const { port } = server.address() as AddressInfo; // it listens on a port
  const rules = readFileSync(join(folder, 'rules.mill'), 'utf8');
  writeFileSync(join(folder, 'rules.mill'), rules.replace('127.0.0.1:8080', `127.0.0.1:${port}`));
}

/** The example under way: its lines as they come. */
export class Program {
  readonly lines: string[] = [];
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  #errors = '';
  #rest = '';
  #changed = Promise.withResolvers<void>();

  constructor(node: string, options: { readonly folder: string; readonly state: string }) {
    this.#process = spawn(node, ['program.ts', 'rules.mill', options.state], { cwd: options.folder });
    this.#ended = once(this.#process, 'close');
    this.#process.stderr!.on('data', text => (this.#errors += text));
    this.#process.stdout!.on('data', text => this.#take(String(text)));
    this.#ended.then(() => this.#changed.resolve());
  }

  /** Waits for a line that has this in it; fails where the program ends without one. */
  async line(part: string): Promise<string> {
    for (;;) {
      const found = this.lines.find(line => line.includes(part));
      if (found !== undefined) return found;
      if (this.#process.exitCode !== null) throw new Error(`no ${part} in ${this.lines.join('\n')}${this.#errors}`);
      await this.#changed.promise;
    }
  }

  /** How many it says that it has handled, in its last line. */
  readings(): number {
    return Number(/^stopped after (\d+) readings, and 0 that could not be read$/.exec(this.lines.at(-1)!)?.[1]);
  }

  /** Asks it to end as systemd does; its exit code. */
  async stop(): Promise<number | null> {
    this.#process.kill('SIGTERM');
    await this.#ended;
    return this.#process.exitCode;
  }

  #take(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop()!;
    this.lines.push(...lines);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
