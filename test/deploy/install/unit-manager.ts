import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processOfUnit } from '../systemd/unit-process.ts';

/** As much of systemd as the page on the installation uses: starts, ends and restarts services as their units say. */
export class UnitManager {
  readonly #folder: string;
  readonly #services = new Map<string, UnitService>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What `systemctl` was called with. */
  async run([verb = '', ...rest]: readonly string[]): Promise<void> {
    const action = ACTIONS[[verb, ...rest.filter(word => word.startsWith('--'))].join(' ')];
    if (action === undefined) throw new Error(`systemctl ${verb} ${rest.join(' ')} is not known here`);
    for (const unit of rest.filter(word => !word.startsWith('--'))) await action(this.#service(unit));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#services.values()].map(service => service.end('SIGKILL')));
  }

  logOf(unit: string): string {
    return this.#service(unit).log;
  }

  #service(unit: string): UnitService {
    let service = this.#services.get(unit);
    if (service === undefined) {
      const [name, instance] = unit.split('@');
      const path = join(this.#folder, 'etc/systemd/system', `${name}${instance === undefined ? '' : '@'}.service`);
      if (!existsSync(path)) throw new Error(`Unit ${unit}.service could not be found.`);
      service = new UnitService(path, { folder: this.#folder, instance: instance ?? '' });
      this.#services.set(unit, service);
    }
    return service;
  }
}

const ACTIONS: Readonly<Record<string, (service: UnitService) => void | Promise<void>>> = {
  'daemon-reload': () => {},
  'enable --now': service => service.start(),
  restart: async service => {
    await service.end('SIGTERM');
    service.start();
  },
  'kill --signal=KILL': service => service.signal('SIGKILL'),
};

class UnitService {
  readonly #path: string;
  readonly #machine: { readonly folder: string; readonly instance: string };
  #child: ChildProcess | undefined;
  #isWanted = false;
  log = '';

  constructor(path: string, machine: { readonly folder: string; readonly instance: string }) {
    this.#path = path;
    this.#machine = machine;
  }

  start(): void {
    this.#isWanted = true;
    const unit = readFileSync(this.#path, 'utf8');
    const { command, cwd, variables } = processOfUnit(unit, this.#machine);
    const child = spawn(command[0]!, command.slice(1), { cwd, env: variables, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (this.log += chunk));
    child.on('exit', async code => {
      const [, seconds] = /^RestartSec=(\d+)s$/m.exec(unit)!;
      if (code !== 0 && this.#isWanted) await delay(Number(seconds) * 1000);
      if (code !== 0 && this.#isWanted) this.start();
    });
    this.#child = child;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child!.kill(signal);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#isWanted = false;
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}
