import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

const MAIN = join(import.meta.dirname, '../../../apps/cli/main.ts');

/** Readings of a few devices, some of them rejected, in a raw series and one of 10 s. */
const RULES = `
stream s from file "readings.csv" {
  key device: symbol  temp: float in 0..100  state: symbol
  time ts as ms  lateness 5s
}
store s
stream s_10s = from s window tumbling 10s select avg(temp) as temp_avg, count() as n emit every 5s
store s_10s
stream hot = from s where temp > 90 select temp
store hot
rule overheating on s { high when temp > 97  clear when temp < 50 }
`;

/** `millrace run --store duckdb` over a file of so many readings, that may be ended and started again. */
export class StoredRun {
  readonly file: string;
  readonly #folder: string;

  constructor(folder: string, readings: number) {
    this.#folder = folder;
    this.file = join(folder, 'store.duckdb');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'rules.mill'), RULES);
    const lines = Array.from({ length: readings }, (_, n) => {
      const temp = n % 997 === 0 ? 101 : (n * 7_919 + Math.floor(n / 50) * 13) % 100;
      return `${1_700_000_000_000 + n * 10 - (n % 3) * 1_000},device number ${n % 50},${temp},${n % 2 === 0 ? 'on' : 'off'}`;
    });
    writeFileSync(join(folder, 'readings.csv'), `ts,device,temp,state\n${lines.join('\n')}\n`);
  }

  /** `shell`: what a shell does before. */
  start({ shell = '', state = true } = {}): ChildProcess {
    const words = [process.execPath, MAIN, 'run', 'rules.mill', '--json', '--store', `duckdb:${this.file}`];
    if (state) words.push('--state', 'state', '--checkpoint-every', '100ms');
    const command = `${shell} exec ${words.map(word => `'${word}'`).join(' ')} > output.json`;
    return spawn('bash', ['-c', command], { cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'] });
  }

  /** Until it ends; what it said on standard error. */
  async finish(options = {}): Promise<string> {
    const run = this.start(options);
    let said = '';
    run.stderr!.on('data', chunk => (said += chunk));
    const [code] = await once(run, 'close');
    if (code !== 0) throw new Error(`it ended with ${code}: ${said}`);
    return said;
  }

  get isBegun(): boolean {
    return existsSync(`${this.file}.wal`);
  }

  /** Of each series, how many rows there are, how many identities, and a sum over all values. */
  async contents(): Promise<Record<string, unknown>> {
    const instance = await DuckDBInstance.create(this.file, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const contents: Record<string, unknown> = {};
    const views = (await connection.runAndReadAll('SELECT view_name FROM duckdb_views()')).getRows().flat();
    for (const [series, identity] of Object.entries(IDENTITIES)) {
      if (!views.includes(series)) continue; // it was killed before that
      const query = `SELECT count(*), count(DISTINCT (${identity})), count(time), sum(hash(r)) FROM ${series} AS r`;
      [contents[series]] = (await connection.runAndReadAll(query)).getRowsJson();
    }
    connection.closeSync();
    instance.closeSync();
    return contents;
  }
}

const IDENTITIES = {
  s: 'time, device, source, seq, item',
  s_rejected: 'time, source, seq, item',
  s_10s: 'time, device',
  hot: 'time, device',
  alerts: 'id, change, time',
};
