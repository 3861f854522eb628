/**
 * `node test/soak/key-bomb.ts [KEYS]`: ten million different keys go through one run on standard input, with 2 GB of heap.
 * Those within the bounds are handled, the others rejected (MR4021 keys, MR4022 texts), none is lost, and the run ends as
 * any other does. Takes some minutes; prints its summary and the most memory that it used.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const LAUNCHER = join(import.meta.dirname, '../../bin/millrace.js');
const RULES = `
stream pump from file "none.ndjson" { key pump: symbol  temp: float degC  time at as ms }
stream pump_1m = from pump window tumbling 1m select avg(temp) as temp_avg, max(temp) as temp_max
rule hot on pump { high when temp > 85 degC for 20s }
route pump_1m to log
`;
const SHOW_RESIDENT_KB =
  'data:text/javascript,process.on("exit",()=>process._rawDebug("resident",process.resourceUsage().maxRSS))';
const LINES_PER_WRITE = 10_000;
const MAX_KEYS = 2_000_000; // the default of `keys` in millrace.yaml

const keys = Number(process.argv[2] ?? 10_000_000);
const folder = mkdtempSync(join(tmpdir(), 'millrace-key-bomb-'));
writeFileSync(join(folder, 'pumps.mill'), RULES);
const startMs = performance.now();
const run = spawn(
  process.execPath,
  [
    ...['--max-old-space-size=2048', '--import', SHOW_RESIDENT_KB, LAUNCHER],
    ...['run', 'pumps.mill', '--source', 'pump=-', '--json'],
  ],
  { cwd: folder, stdio: ['pipe', 'pipe', 'pipe'] },
);

const hasEnded = once(run, 'close');
const [codes, errors, [exitCode]] = await Promise.all([countCodes(), readErrors(), hasEnded, writeKeys()]);
rmSync(folder, { recursive: true });
report();

async function writeKeys(): Promise<void> {
  run.stdin.on('error', () => {}); // the run has ended before its input: its exit code says so
  for (let first = 0; first < keys && !run.stdin.destroyed; first += LINES_PER_WRITE) {
    const lines = Array.from({ length: Math.min(LINES_PER_WRITE, keys - first) }, (_, index) => lineOf(first + index));
    if (!run.stdin.write(lines.join(''))) await Promise.race([hasRoom(), hasEnded]);
  }
  run.stdin.end();
}

function hasRoom(): Promise<void> {
  return new Promise(resolve => run.stdin.once('drain', resolve));
}

function lineOf(index: number): string {
  return `{"at":${1_772_000_000_000 + Math.floor(index / 100)},"pump":"plant-7/line-3/pump-${index}","temp":${index % 90}}\n`;
}

/** Of the output only the codes of rejections, and the summary. */
async function countCodes(): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  const count = (name: string, by = 1): unknown => counts.set(name, (counts.get(name) ?? 0) + by);
  for await (const line of createInterface({ input: run.stdout })) {
    if (line.startsWith('{"type":"rejected"')) count(/"code":"(\w+)"/.exec(line)![1]!);
    else if (line.startsWith('{"type":"summary"')) {
      const { events, rejected } = JSON.parse(line) as { readonly events: number; readonly rejected: number };
      count('events', events);
      count('rejected', rejected);
    }
  }
  return counts;
}

async function readErrors(): Promise<string> {
  let text = '';
  for await (const chunk of run.stderr) text = (text + String(chunk)).slice(-10_000);
  return text;
}

function report(): void {
  const [events = 0, rejected = 0] = ['events', 'rejected'].map(name => codes.get(name));
  const residentMb = Math.round(Number(/resident (\d+)/.exec(errors)?.[1] ?? Number.NaN) / 1024);
  const seconds = Math.round((performance.now() - startMs) / 1000);
  const shownCodes = [...codes].map(([name, count]) => `${name} ${count}`).join(', ');
  const isPassed = exitCode === 0 && events + rejected === keys && (codes.get('MR4021') ?? 0) > 0 === keys > MAX_KEYS;
  process.stdout.write(`${shownCodes}; ${seconds} s, at most ${residentMb} MB resident\n`);
  process.stdout.write(`${isPassed ? 'ok' : `FAILED: exit code ${exitCode}\n${errors}`}\n`);
  process.exitCode = isPassed ? 0 : 1;
}
