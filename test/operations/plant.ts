import { ServerMetrics } from '../../apps/server/metrics/server-metrics.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { Connector, StoreOptions } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { startJob } from '../../engine/runtime/job.ts';
import { InlinePort } from '../../engine/runtime/workers/inline-port.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { parseOpenMetrics, type ScrapedSample } from './open-metrics.ts';
import { SteppedClock } from './stepped-clock.ts';

const START_MS = 1_767_225_600_000;
/** So many turns of the event loop at most until what a step gave is handled; a run that is held up takes all of them. */
const TURNS = 40;

const RULES = `
  stream motor from memory "motor" json { key device: symbol  temp: float degC  time ts as ms }
  stream motor_1m = from motor window tumbling 1m select avg(temp) as mean, count() as n
  rule hot on motor { high when temp > 90 degC }
  rule averaged on motor { low when avg(temp, 1h) > 89 degC }
  stream lukewarm = match a: motor[temp in 80 degC..88 degC] -> b: motor[temp > 200 degC] within 1h max 5 partial select a.temp as temp
  route alerts to memory "alerts"
  store motor_1m
`;

/** What may go wrong with it. */
export type Fault = (plant: Plant) => void;

/** A run with its metrics that goes on step by step: a job as it is, on a clock, a disk and servers that a test controls. */
export class Plant {
  readonly instance: string;
  readonly disk = new FakeDisk({ random: () => 0.5, step: async () => {} });
  /** What the sink says to each write; null: it takes it. */
  sinkError: MillraceError | null = null;
  /** Rows that the store refuses. */
  refusedRows = 0;
  publishes = true;
  deviceCount = 20;
  /** Of a device's readings. */
  tempOf: (device: number, step: number) => unknown = () => 70;
  lateMs: (device: number) => number = () => 0;
  readonly #clock = new SteppedClock(START_MS * 1000);
  readonly #memory = new MemoryConnector({ arrivalClock: 'recorded', capacity: Infinity });
  readonly #metrics = new ServerMetrics({ version: '1', logged: () => [], maxLabelNames: 500 });
  readonly #ending = new AbortController();
  #done: Promise<unknown> = Promise.resolve();
  #step = 0;

  constructor(instance: string) {
    this.instance = instance;
  }

  async start(): Promise<void> {
    const { plan, diagnostics } = compile({ file: 'motors.mill', text: RULES });
    if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
    const { disk } = this;
    const clock = this.#clock;
    const job = startJob({
      plan: plan!,
      connectors: new Map([['memory', this.#connector()]]),
      store: this.#connector(),
      stateDirectory: '/state',
      budgets: { ruleBytes: 500_000, totalBytes: Infinity },
      platform: {
        disk,
        clock,
        startWorker: () => {
          throw new Error('it has no workers');
        },
        startInline: symbols =>
          new InlinePort({ symbols, disk, monotonicMs: () => performance.now(), giveWay: () => clock.giveWay() }),
        lockFolder: async folder => {
          await disk.makeFolder(folder);
          return { release: () => {} };
        },
      },
      signal: this.#ending.signal,
    });
    this.#done = job.done.catch(() => {}); // its metrics tell
    await this.#metrics.follow(job);
  }

  /** Time goes on by so much, and events come; then it is scraped. */
  async step(ms: number): Promise<readonly ScrapedSample[]> {
    this.#clock.advance(ms);
    const nowMs = this.#clock.nowUs() / 1000;
    const channel = this.#memory.channel('motor');
    if (this.publishes) {
      const events = Array.from({ length: this.deviceCount }, (_, device) => ({
        device: `m${device}`,
        temp: this.tempOf(device, this.#step),
        ts: nowMs - this.lateMs(device),
      }));
      await channel.push(events, { arrivalUs: nowMs * 1000 });
    }
    await channel.tick(nowMs * 1000);
    this.#step++;
    return await this.#handled();
  }

  async stop(): Promise<void> {
    this.sinkError = null;
    this.disk.quotaBytes = Infinity;
    this.#ending.abort();
    const advancing = setInterval(() => this.#clock.advance(10_000), 1);
    await this.#done;
    clearInterval(advancing);
  }

  async #handled(): Promise<readonly ScrapedSample[]> {
    for (let turn = 0; turn < TURNS; turn++) await new Promise(setImmediate);
    return parseOpenMetrics(await this.#metrics.text());
  }

  #connector(): Connector {
    const memory = this.#memory;
    return {
      name: 'memory',
      openSource: options => memory.openSource(options),
      openSink: async () => ({
        maxInFlight: 1,
        write: async () => {
          if (this.sinkError !== null) throw this.sinkError;
        },
        position: async () => ({ written: 1 }),
        close: async () => {},
      }),
      openStore: async ({ series, onRefused }: StoreOptions) => ({
        maxInFlight: 1,
        write: async () => {
          const count = this.refusedRows;
          if (count > 0) onRefused({ stream: series.stream, code: 'MR5209', reason: 'large', count, firstTimeUs: 0 });
        },
        position: async () => ({ written: 1 }),
        close: async () => {},
      }),
    };
  }
}
