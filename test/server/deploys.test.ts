import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../../engine/scenario/random.ts';
import { folderWith, jsonLines, millrace } from '../apps/millrace.ts';
import { Operator, ownServer } from '../connectors/nats/streams.ts';
import { type Change, type Era, expectedChanges, fateOf } from './deploys/model.ts';
import { type AlertLine, changeOf, DEVICES, Plant } from './deploys/plant.ts';
import { changed, type Program, STEADY, STREAMS, textOf } from './deploys/program.ts';
import { Service, SOON } from './service.ts';

const { MILLRACE_SEED = '1', MILLRACE_DEPLOYS = '12' } = process.env;
const DEPLOYS = Number(MILLRACE_DEPLOYS);

test(
  `${DEPLOYS} changes of rules under load lose, double and strand no alert, and keep the state that the plan said`,
  async () => {
    const server = await ownServer();
    const plant = await Plant.open(await Operator.connect(server.url), MILLRACE_SEED);
    const first: Program = {
      marker: 'marker_0',
      rules: new Map([['simple_0', { severity: 'high', above: 60, below: 50 }]]),
    };
    const folder = folderWith({
      'millrace.yaml': `http: { port: 0 }\nworkers: 1\ncheckpoint: { every: 500ms }\nnats: { servers: "${server.url}" }\n`,
    });
    mkdirSync(join(folder, 'rules'));
    writeFileSync(join(folder, 'rules/rules.mill'), textOf(first));
    const run = new Deploys(folder, plant, first);
    plant.start();
    await run.start();
    for (let i = 1; i <= DEPLOYS; i++) await run.change(i);
    await plant.stop();
    await run.drained();
    expect(await run.stop()).toBe(0);

    // Each change of an alert was published once: none is lost where the model has it, none is there twice.
    const published = plant.alerts.filter(alert => !alert.rule.startsWith('marker'));
    expect((await plant.stored()).alerts).toBe(plant.alerts.length);
    const simple = published.filter(alert => alert.rule.startsWith('simple'));
    expect(sorted(simple)).toEqual(sorted(expectedChanges(plant.readings, run.eras)));
    expect(simple.length).toBeGreaterThan(DEPLOYS);

    // Those of rules that never change are those of a run that nobody disturbs.
    const steady = published.filter(alert => alert.rule.startsWith('steady'));
    expect(sorted(steady)).toEqual(sorted(undisturbed(folder)));
    expect(new Set(steady.map(alert => alert.rule)).size).toBe(3);
  },
  60_000 + DEPLOYS * 20_000,
);

/** A service whose rules are changed in turn, and what ran from when. */
class Deploys {
  readonly eras: Era[] = [];
  readonly #folder: string;
  readonly #plant: Plant;
  readonly #random = createRandom(`deploys ${MILLRACE_SEED}`);
  readonly #programs = new Map<number, Program>(); // by version
  #program: Program;
  #service: Service | undefined;

  constructor(folder: string, plant: Plant, first: Program) {
    this.#folder = folder;
    this.#plant = plant;
    this.#program = first;
  }

  async start(): Promise<void> {
    this.#service = await Service.start(this.#folder);
    await this.#began(this.#program, 1);
  }

  async stop(): Promise<number | null> {
    return await this.#service!.ended('SIGTERM');
  }

  /** All that was published is handled, and what came of it is stored. */
  async drained(): Promise<void> {
    const handled = async () => {
      const text = await (await fetch(`${this.#service!.url}/metrics`)).text();
      return Number(/^millrace_lag_messages\{stream="motor"\} (\d+)/m.exec(text)?.[1] ?? Number.NaN);
    };
    await expect.poll(handled, SOON).toBe(0);
  }

  /** One change of any kind. */
  async change(i: number): Promise<void> {
    const draw = this.#random();
    if (draw < 0.08) return await this.#wrong();
    if (draw < 0.16) return await this.#unopenable();
    if (draw < 0.28 && this.#programs.size > 2) return await this.#rollBack();
    const { program, kind } = changed(this.#program, `marker_${i}`, this.#random);
    if (draw < 0.4) return await this.#writeFolder(program);
    if (draw < 0.52) return await this.#killed(program);
    await this.#deploy(program, kind);
  }

  async #deploy(program: Program, kind: string): Promise<void> {
    const { status, body } = await this.#service!.deploy(textOf(program));
    expect({ kind, status, outcome: body['outcome'], body }).toMatchObject({ status: 200, outcome: 'switched' });
    this.#expectPlan(program, body['changes'] as readonly StateLine[]);
    await this.#began(program, body['version'] as number);
  }

  async #writeFolder(program: Program): Promise<void> {
    writeFileSync(join(this.#folder, 'rules/rules.mill'), textOf(program));
    const version = async () => (await this.#running()).version;
    const before = await version();
    await expect.poll(version, SOON).toBeGreaterThan(before);
    await this.#began(program, await version());
  }

  async #rollBack(): Promise<void> {
    const { version: active } = await this.#running();
    const to = [...this.#programs.keys()].filter(version => version !== active).at(Math.floor(this.#random() * -3))!;
    const program = this.#programs.get(to)!;
    const { status, body } = await this.#service!.post('/api/rollback', { version: to });
    expect({ status, outcome: body['outcome'] }).toEqual({ status: 200, outcome: 'switched' });
    this.#expectPlan(program, body['changes'] as readonly StateLine[]);
    await this.#began(program, body['version'] as number);
  }

  async #wrong(): Promise<void> {
    const { version } = await this.#running();
    const { status, body } = await this.#service!.deploy(
      `${textOf(this.#program)}rule wrong on nowhere { high when temp > 1 }\n`,
    );
    expect({ status, outcome: body['outcome'] }).toEqual({ status: 422, outcome: 'wrong' });
    expect((await this.#running()).version).toBe(version);
  }

  /** It compiles, and NATS has no stream of it: known when what ran before has stopped. */
  async #unopenable(): Promise<void> {
    const { version } = await this.#running();
    const stream = 'stream nowhere from nats "nowhere.*" json { key device: symbol = subject[2]  x: float }\n';
    const rule = 'rule never on nowhere { high when x > 1 }\n';
    const { status, body } = await this.#service!.deploy(`${textOf(this.#program)}${stream}${rule}`);
    expect({ status, outcome: body['outcome'], code: body['code'] }).toEqual({
      status: 422,
      outcome: 'refused',
      code: 'MR5105',
    });
    expect((await this.#running()).version).toBe(version);
  }

  /** At any moment of a change: what comes up is what ran before, or the new rules. */
  async #killed(program: Program): Promise<void> {
    const { version } = await this.#running();
    const answer = this.#service!.deploy(textOf(program)).catch(() => null);
    await delay(this.#random() * 1_000);
    await this.#service!.ended('SIGKILL');
    await answer;
    this.#service = await Service.start(this.#folder);
    await this.#service.ready();
    const running = await this.#running();
    if (running.version > version) await this.#began(program, running.version);
    else expect(running.version).toBe(version);
  }

  /** Each device is heard under these rules before the next change, so that the model knows from when they ran. */
  async #began(program: Program, version: number): Promise<void> {
    const last = this.eras.at(-1);
    const from = () => {
      const since = (device: string) => last?.from.get(device) ?? -1;
      const first = DEVICES.map(device => this.#plant.alerts.find(isMarker(program.marker, device, since(device))));
      return first.every(change => change !== undefined) ? new Map(first.map(({ device, n }) => [device, n])) : null;
    };
    await expect.poll(from, SOON).not.toBeNull();
    this.eras.push({ program, from: from()! });
    this.#program = program;
    this.#programs.set(version, program);
  }

  #expectPlan(next: Program, lines: readonly StateLine[]): void {
    const names = new Set([...this.#program.rules.keys(), ...next.rules.keys()]);
    const expected = [...names].map(name => `${fateOf(name, this.#program, next)} ${name}`);
    const found = lines.filter(({ kind, name }) => kind === 'rule' && name.startsWith('simple'));
    expect(found.map(({ state, name }) => `${state} ${name}`).sort()).toEqual(expected.sort());
    const others = lines.filter(({ name }) => !name.startsWith('simple') && !name.startsWith('marker'));
    expect(others.map(({ state }) => state)).toEqual(others.map(() => 'kept'));
    expect(others.length).toBeGreaterThan(4);
  }

  async #running(): Promise<{ readonly version: number }> {
    return (await this.#service!.get('/api/rules')).body as { readonly version: number };
  }
}

type StateLine = { readonly state: string; readonly kind: string; readonly name: string };

function isMarker(marker: string, device: string, since: number): (change: Change) => boolean {
  return change => change.rule === marker && change.device === device && change.change === 'raised' && change.n > since;
}

/** The rules that never change, run alone over all that was read. */
function undisturbed(folder: string): Change[] {
  const settings = readFileSync(join(folder, 'millrace.yaml'), 'utf8');
  const streams = STREAMS.replace(/to nats .*\n/, 'to file "steady.ndjson"\n');
  const alone = folderWith({ 'millrace.yaml': settings, 'steady.mill': `${streams}${STEADY}` });
  const { code, err } = millrace(['run', 'steady.mill', '--once', '--state', 'state'], { cwd: alone });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  // Not from standard output, of which a test gets a megabyte at most.
  return jsonLines(readFileSync(join(alone, 'steady.ndjson'), 'utf8')).map(line => changeOf(line as AlertLine));
}

function sorted(changes: readonly Change[]): string[] {
  return changes
    .map(({ rule, device, n, change, level }) => `${rule} ${device} ${String(n).padStart(8)} ${change} ${level}`)
    .sort();
}
