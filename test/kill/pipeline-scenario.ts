import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startNats, startQuestDb } from '../../scripts/services/index.js';
import { root } from '../repository/tree.ts';
import { type Alert, createTelemetry, publishedAlerts, publishTelemetry } from './telemetry.ts';

export type PipelineKills = { readonly engine: number; readonly nats: number; readonly questDb: number };

export type PipelineOutcome = {
  readonly kills: PipelineKills;
  readonly rawRows: number;
  readonly rawSequences: number;
  readonly lateRows: number;
  readonly panes: number;
  /** Of the panes, those that QuestDB's SAMPLE BY over the raw series gives, too. */
  readonly equalPanes: number;
  readonly sampledPanes: number;
  /** Published, in their order by device, and those of a run that nothing disturbed. */
  readonly alerts: readonly string[];
  readonly undisturbedAlerts: readonly string[];
  /** What the engine said that is not a result. */
  readonly said: string;
};

type SeriesOutcome = Omit<PipelineOutcome, 'kills' | 'said' | 'alerts' | 'undisturbedAlerts'>;

const READ = `
stream motor from nats "plant.*.motor" json {
  key device: symbol = subject[2]
  temp: float degC
  rms: float
  time ts as ms
  lateness 2s
}
rule hot on motor { high when temp > 85 degC for 3s  clear when temp < 80 degC  message "{device} is at {temp}" }
`;
const RULES = `${READ}
route alerts to nats "alerts.{device}.{severity}"
store motor keep 3650d
stream motor_10s = from motor window tumbling 10s
  select avg(temp) as temp_avg, sum(rms) as rms_sum, min(temp) as low, max(temp) as high, first(rms) as rms_first,
    last(rms) as rms_last, count() as n
store motor_10s keep 3650d
`;

/**
 * Telemetry is published to a real nats-server while `millrace run` writes it to a real QuestDB, and each of the three is
 * killed with SIGKILL at drawn moments and started again. Then the engine reads to the end, and the series are compared:
 * each message once, and the aggregated series equal to SAMPLE BY over the raw one.
 */
export async function pipelineScenario(options: {
  readonly folder: string;
  readonly events: number;
  readonly kills: PipelineKills;
  readonly random: () => number;
}): Promise<PipelineOutcome> {
  const { folder, events, kills, random } = options;
  writeFileSync(join(folder, 'plant.mill'), RULES);
  writeFileSync(join(folder, 'undisturbed.mill'), READ);
  const [nats, questDb] = await Promise.all([
    startNats({ directory: join(folder, 'nats') }),
    startQuestDb({ directory: join(folder, 'questdb') }),
  ]);
  const engine = new Engine(folder, { nats: nats.url, questDb: questDb.url });
  try {
    const telemetry = await createTelemetry(nats.url);
    const published = publishTelemetry(telemetry, events);
    published.catch(() => {}); // told below
    engine.start([]);
    const victims = shuffled(
      [
        ...new Array(kills.engine).fill('engine'),
        ...new Array(kills.nats).fill('nats'),
        ...new Array(kills.questDb).fill('questDb'),
      ] as (keyof PipelineKills)[],
      random,
    );
    for (const victim of victims) {
      await delay(300 + random() * 1_200);
      if (victim === 'engine') await engine.killAndStart(random);
      else await (victim === 'nats' ? nats : questDb).restart();
    }
    await published;
    await telemetry.close();
    await engine.stop();
    await engine.runToTheEnd();
    const undisturbedAlerts = byDevice(engine.undisturbedAlerts());
    const alerts = byDevice(await publishedAlerts(nats.url));
    return { kills, said: engine.said, alerts, undisturbedAlerts, ...(await seriesIn(questDb.url)) };
  } finally {
    await engine.stop();
    await Promise.all([nats.stop(), questDb.stop()]);
  }
}

class Engine {
  said = '';
  readonly #folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  #process: ChildProcess | undefined;

  constructor(folder: string, servers: { readonly nats: string; readonly questDb: string }) {
    this.#folder = folder;
    this.#environment = { ...process.env, MILLRACE_NATS_URL: servers.nats, MILLRACE_QUESTDB_URL: servers.questDb };
  }

  start(more: readonly string[]): ChildProcess {
    const words = [
      'run',
      'plant.mill',
      '--store',
      'questdb',
      '--state',
      'state',
      '--checkpoint-every',
      '300ms',
      ...more,
    ];
    const started = spawn(process.execPath, [join(root, 'bin/millrace.js'), ...words], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    started.stderr!.on('data', text => {
      this.said += text;
    });
    this.#process = started;
    return started;
  }

  async killAndStart(random: () => number): Promise<void> {
    await this.#end('SIGKILL');
    this.start(['--workers', String(Math.floor(random() * 3))]);
  }

  async stop(): Promise<void> {
    await this.#end('SIGINT');
  }

  async runToTheEnd(): Promise<void> {
    const [code] = await once(this.start(['--once']), 'close');
    this.#process = undefined;
    if (code !== 0) throw new Error(`the last run ended with ${code}: ${this.said}`);
  }

  undisturbedAlerts(): Alert[] {
    const words = ['run', 'undisturbed.mill', '--once', '--json'];
    const { stdout, status, stderr } = spawnSync(process.execPath, [join(root, 'bin/millrace.js'), ...words], {
      cwd: this.#folder,
      env: this.#environment,
      encoding: 'utf8',
      maxBuffer: 1e9,
    });
    if (status !== 0) throw new Error(`the undisturbed run ended with ${status}: ${stderr}`);
    const lines = stdout.split('\n').filter(line => line.startsWith('{"type":"alert"'));
    return lines.map(line => JSON.parse(line) as Alert); // as: `--json` writes them so
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const closed = once(running, 'close');
    running.kill(signal);
    await closed;
  }
}

/** Of each device in their order; devices in one order. */
function byDevice(alerts: readonly Alert[]): string[] {
  const texts = Map.groupBy(alerts, alert => alert.key.device);
  return [...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, ofDevice]) => ofDevice.map(alert => JSON.stringify(alert)));
}

async function seriesIn(url: string): Promise<SeriesOutcome> {
  const [[rawRows, rawSequences, lateRows]] = await queryUntilApplied(
    url,
    'select count(), count_distinct(seq), sum(late) from motor',
  );
  const [[panes]] = await queryUntilApplied(url, 'select count() from motor_10s');
  const [[sampledPanes]] = await queryUntilApplied(url, `select count() from (${SAMPLED} where time < (${LAST_PANE}))`);
  const [[equalPanes]] = await queryUntilApplied(
    url,
    `select count() from (${SAMPLED}) s join motor_10s m on (device) where s.time = m.time and s.n = m.n and s.low = m.low
     and s.high = m.high and s.rms_first = m.rms_first and s.rms_last = m.rms_last
     and abs(s.temp_avg - m.temp_avg) <= 1e-12 * abs(m.temp_avg) and abs(s.rms_sum - m.rms_sum) <= 1e-12 * abs(m.rms_sum)`,
  );
  return { rawRows, rawSequences, lateRows, panes, equalPanes, sampledPanes } as SeriesOutcome;
}

const SAMPLED = `select * from (select time, device, avg(temp) temp_avg, sum(rms) rms_sum, min(temp) low, max(temp) high,
  first(rms) rms_first, last(rms) rms_last, count() n from (motor where late = 0) sample by 10s align to calendar)`;
/** The panes of all devices before it are closed; each device's last one is open. */
const LAST_PANE =
  'select min(t) from (select device, max(time) t from (select time, device, count() from motor sample by 10s align to calendar))';

/** What is committed is seen when it is applied: soon. */
async function queryUntilApplied(url: string, query: string): Promise<[[number, number, number]]> {
  let before = '';
  for (;;) {
    const response = await fetch(`${url}/exec?query=${encodeURIComponent(query)}`);
    const text = await response.text();
    const { dataset, error } = JSON.parse(text);
    if (error !== undefined) throw new Error(`${error} in ${query}`);
    if (JSON.stringify(dataset) === before) return dataset;
    before = JSON.stringify(dataset);
    await delay(1_000);
  }
}

function shuffled<Item>(items: Item[], random: () => number): Item[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}
