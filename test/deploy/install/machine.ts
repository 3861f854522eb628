import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { launcher } from '../../apps/millrace.ts';
import { root as checkout } from '../../repository/tree.ts';
import { UnitManager } from './unit-manager.ts';

type MachineOptions = {
  /** A folder of more programs. */
  readonly tools: string;
  /** Variables by which commands find servers that are elsewhere here; services have their settings. */
  readonly servers: Readonly<Record<string, string>>;
  /** What a page says, and what that is here. */
  readonly replaced: readonly (readonly [string, string])[];
};

/**
 * A machine with systemd below a folder, for the commands of a page: absolute paths of an installation are in the folder,
 * root is who runs the test, npm installs this checkout, and `systemctl` starts what units say.
 */
export class Machine {
  readonly #folder: string;
  readonly #options: MachineOptions;
  readonly #units: UnitManager;

  constructor(folder: string, options: MachineOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#units = new UnitManager(folder);
  }

  async start(): Promise<{ stop(): Promise<void> }> {
    const server = createServer(async (request, response) => {
      try {
        response.end(await this.#asked(JSON.parse(await text(request))));
      } catch (error) {
        response.writeHead(400).end(`${(error as Error).message}\n`);
      }
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const ask = `exec ${process.execPath} ${join(import.meta.dirname, 'ask-machine.ts')} http://127.0.0.1:${(server.address() as AddressInfo).port}`; // as: it listens on a port
    for (const path of ['etc/systemd/system', 'etc/prometheus', 'usr/local/bin', 'var/lib', 'home', 'tools']) {
      mkdirSync(join(this.#folder, path), { recursive: true });
    }
    this.#tool('sudo', 'exec "$@"');
    this.#tool(
      'npm',
      `prefix="$4" && mkdir -p "$prefix/bin" "$prefix/lib/node_modules"
ln -s ${launcher} "$prefix/bin/millrace" && ln -s ${checkout} "$prefix/lib/node_modules/millrace"`,
    );
    for (const name of ['systemctl', 'journalctl']) this.#tool(name, `${ask} ${name} "$@"`);
    return {
      stop: async () => {
        await this.#units.stop();
        server.closeAllConnections();
        server.close();
      },
    };
  }

  /** Runs commands in the home folder: what they wrote, standard error too, as a terminal shows it. */
  run(commands: string): Promise<{ readonly code: number | null; readonly out: string }> {
    const { replaced, servers, tools } = this.#options;
    const meant = replaced.reduce((text, [from, to]) => text.replaceAll(from, to), commands);
    const here = meant.replaceAll(/(?<![\w.])\/(?=(?:etc|opt|usr\/local|var\/lib)\b)/g, `${this.#folder}/`);
    const { FORCE_COLOR: _, VITEST: __, ...environment } = process.env;
    const own = ['tools', 'usr/local/bin'].map(path => join(this.#folder, path));
    const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', `exec 2>&1\n${here}`], {
      cwd: join(this.#folder, 'home'),
      env: {
        ...environment,
        ...servers,
        PATH: [...own, dirname(process.execPath), tools, environment['PATH']].join(delimiter),
      },
    });
    let out = '';
    child.stdout.on('data', chunk => (out += chunk));
    return new Promise(resolve => {
      child.on('close', code => {
        const shown = out.replaceAll(`${this.#folder}/`, '/');
        resolve({ code, out: replaced.reduce((text, [from, to]) => text.replaceAll(to, from), shown) });
      });
    });
  }

  async #asked([tool, ...words]: readonly string[]): Promise<string> {
    if (tool === 'journalctl') return this.#units.logOf(words.find(word => word.includes('@'))!);
    await this.#units.run(words);
    return '';
  }

  #tool(name: string, script: string): void {
    writeFileSync(join(this.#folder, 'tools', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
}
