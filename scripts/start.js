/**
 * `npm start`: installs what is missing to run, then a day at a pump station at full speed, what was found of its faults, and
 * from then on live, until Ctrl-C. `--pumps N` and `--seed N` make it another station.
 *
 * Everything it keeps is under `.millrace/` of the working directory: the beginning of the day, which is written once, the state
 * of the run, and its results. So it may be ended in any way, and goes on where it was.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { installMissing, requireNode24, root } from './install.js';

const HOUR_MS = 3_600_000;

const { pumps, seed } = stationOptions();
installMissing('run-time');
const node = requireNode24();

let running = null;
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    isInterrupted = true;
    running?.kill(signal);
  });
}

// Optional at install: without it there are the alerts, and no series.
const hasStore = existsSync(join(root, 'node_modules/@duckdb/node-api'));
const folder = join('.millrace', `pump-station-${seed}-${pumps}`);
mkdirSync(folder, { recursive: true });
const start = rememberedStart();
process.exitCode = await runStation();

async function runStation() {
  const isDayDone = () => existsSync(join(folder, 'day-is-over'));
  if (!isDayDone()) {
    say(
      `A day at a pump station with ${pumps} pumps, at full speed. Every fault that it has is known, but not to the rules:`,
      `examples/pump-station/rules.mill. A gateway that was silent or whose clock jumps sends late readings; they are counted.`,
      '',
    );
    writeProgram('day');
    const code = await millrace('run', join(folder, 'day.mill'), ...stateAndSources('&days=1'));
    if (code !== 0) return code;
    writeFileSync(join(folder, 'day-is-over'), '');
  }
  say('', 'What was wrong that day, and when it was found:', '');
  const results = ['faults', 'alerts'].map(name => join(folder, `day-${name}.ndjson`));
  const code = await millrace('score', ...results, '--machines', String(pumps));
  if (code !== 0) return code;

  say(
    '',
    'The station goes on, live, and beside it this machine, as examples/host/rules.mill sees it. Ctrl-C ends it; npm start goes on.',
    `What is raised is also in ${join(folder, 'live-alerts.ndjson')}${hasStore ? `, series and alerts are in ${join(folder, 'station.duckdb')}` : ''}.`,
    ...(existsSync(join(folder, 'live.mill'))
      ? []
      : ['The rules of this machine are new here: their part of the state starts empty.']),
    '',
  );
  writeProgram('live', 'host/rules.mill');
  const endHost = startHost();
  try {
    return await millrace('run', join(folder, 'live.mill'), ...stateAndSources(''));
  } finally {
    endHost();
  }
}

/** What the machine does goes into a journal: `run` reads it there, also what came while nobody did. */
function startHost() {
  const measuring = spawnMillrace(['host'], ['ignore', 'pipe', 'inherit']);
  const writing = spawnMillrace(['ingest', 'host'], ['pipe', 'ignore', 'inherit']);
  measuring.stdout.pipe(writing.stdin);
  writing.stdin.on('error', () => {}); // it has ended, and said why
  return () => {
    measuring.kill('SIGTERM');
    writing.kill('SIGTERM');
  };
}

/** The day ends within the last hour: what follows it up to now is soon caught up with. */
function rememberedStart() {
  const path = join(folder, 'start.json');
  if (!existsSync(path)) {
    const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS;
    replaceFile(path, `${JSON.stringify({ start: new Date(startMs).toISOString() })}\n`);
  }
  return JSON.parse(readFileSync(path, 'utf8')).start;
}

function writeProgram(name, ...more) {
  const examples = relative(folder, join(root, 'examples')).replaceAll('\\', '/');
  const includes = ['pump-station/truth.mill', ...more].map(file => `include ${JSON.stringify(`${examples}/${file}`)}`);
  const routes = [
    `route alerts to file ${JSON.stringify(`${name}-alerts.ndjson`)}`,
    `route fault to file ${JSON.stringify(`${name}-faults.ndjson`)}`,
  ];
  const stores = hasStore ? ['store pump_10s keep 30d', 'store fault keep 5y'] : [];
  replaceFile(join(folder, `${name}.mill`), [...includes, ...routes, ...stores, ''].join('\n'));
}

function stateAndSources(more) {
  const settings = `seed=${seed}&pumps=${pumps}&start=${start}${more}`;
  const streams = { pump: 'readings', gateway: 'gateways', fault: 'faults' };
  const sources = Object.entries(streams).flatMap(([stream, name]) => [
    '--source',
    `${stream}=simulator:pump-station/${name}?${settings}`,
  ]);
  const store = hasStore ? ['--store', `duckdb:${join(folder, 'station.duckdb')}`] : [];
  return ['--state', join(folder, 'state'), ...store, ...sources];
}

/** Whole or not at all, whatever happens meanwhile. */
function replaceFile(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** The exit code; that of a shell where a signal ended it. */
async function millrace(...commandLine) {
  if (isInterrupted) return 130;
  running = spawnMillrace(commandLine, 'inherit');
  return await new Promise(resolve => {
    running.on('exit', (code, signal) => resolve(signal === null ? code : 128 + constants.signals[signal]));
  });
}

function spawnMillrace(commandLine, stdio) {
  const withParent = ['--import', new URL(`end-with-parent.js?${process.pid}`, import.meta.url).href];
  const options = ['--disable-warning=ExperimentalWarning', ...withParent, join(root, 'bin/millrace.js')];
  return spawn(node, [...options, ...commandLine], { stdio });
}

function stationOptions() {
  const number = { type: 'string' };
  const { values } = parseArgs({ options: { pumps: { ...number, default: '20' }, seed: { ...number, default: '7' } } });
  const counts = { pumps: Number(values.pumps), seed: Number(values.seed) };
  if (Object.values(counts).every(Number.isInteger)) return counts;
  process.stderr.write('error: --pumps and --seed are whole numbers\n');
  process.exit(2);
}

function say(...lines) {
  process.stdout.write(`${lines.join('\n')}\n`);
}
