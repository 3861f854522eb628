/**
 * How long it takes to change rules while they run: a service with 10,000 rules on a JetStream stream, to which others
 * are sent of which one in a hundred is edited. `npm run bench -- reload`; the method is in ../README.md.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { startNats } from '../../scripts/services/index.js';
import { machine, writeResult } from '../machine.ts';
import { spreadOf } from '../spread.ts';
import { ruleText } from './rule-text.ts';

const RULE_COUNTS = [100, 1_000, 10_000];
const PASSES = 5;
const READINGS = 200; // before each change
const DEVICES = 10;
const MAIN = join(import.meta.dirname, '../../apps/cli/main.ts');

/** `cpuMs`: of the service, all its threads. */
type Change = { readonly wholeMs: number; readonly pauseMs: number; readonly cpuMs: number };

const server = await startNats();
const client = await connect({ servers: server.url });
await (await jetstreamManager(client)).streams.add({ name: 'BENCH', subjects: ['bench.*.motor'] });
try {
  const byRules: Record<string, object> = {};
  for (const rules of RULE_COUNTS) byRules[rules] = await measure(rules);
  const result = { machine: machine(), readings: READINGS, devices: DEVICES, byRules };
  console.log(JSON.stringify(result, null, 2));
  console.log(writeResult('reload', result));
} finally {
  await client.close();
  await server.stop();
}

async function measure(rules: number): Promise<object> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-reload-'));
  mkdirSync(join(folder, 'rules'));
  writeFileSync(join(folder, 'rules/rules.mill'), ruleText({ rules, edition: 0 }));
  writeFileSync(join(folder, 'millrace.yaml'), `http: { port: 0 }\nworkers: 0\nnats: { servers: "${server.url}" }\n`);
  const service = spawn(process.execPath, [MAIN, 'serve'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const url = await urlOf(service.stdout);
    while (!(await fetch(`${url}/health/ready`)).ok) await delay(100);
    const changes: Change[] = [];
    for (let pass = 1; pass <= PASSES; pass++) {
      publish();
      await delay(6_000); // they are handled, and there is a checkpoint
      const beforeMs = cpuMs(service.pid!);
      const timed = await change(url, ruleText({ rules, edition: pass }));
      changes.push({ ...timed, cpuMs: cpuMs(service.pid!) - beforeMs });
    }
    const shown = {
      wholeMs: spreadOf(changes.map(one => one.wholeMs)),
      pauseMs: spreadOf(changes.map(one => one.pauseMs)),
      cpuMs: spreadOf(changes.map(one => one.cpuMs)),
    };
    console.log(
      `${rules} rules: ${shown.wholeMs.median} ms, of which reading pauses ${shown.pauseMs.median} ms; ${shown.cpuMs.median} ms of processor time`,
    );
    return shown;
  } finally {
    service.kill('SIGTERM');
    await once(service, 'exit');
    rmSync(folder, { recursive: true });
  }
}

/** Compiled, planned, switched, and reading again. */
async function change(url: string, text: string): Promise<Omit<Change, 'cpuMs'>> {
  const startMs = performance.now();
  const response = await fetch(`${url}/api/rules`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ files: { 'rules.mill': text }, roots: ['rules.mill'] }),
  });
  const answer = (await response.json()) as { readonly outcome: string; readonly pause_ms: number };
  if (answer.outcome !== 'switched') throw new Error(JSON.stringify(answer).slice(0, 1_000));
  return { wholeMs: Math.round(performance.now() - startMs), pauseMs: answer.pause_ms };
}

/** Fields 14 and 15 of proc_pid_stat(5), in hundredths of a second. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** As its log says. */
async function urlOf(log: NodeJS.ReadableStream): Promise<string> {
  const found = Promise.withResolvers<string>();
  createInterface(log).on('line', line => {
    const { url } = JSON.parse(line) as { readonly url?: string };
    if (url !== undefined) found.resolve(url);
  });
  return await found.promise;
}

function publish(): void {
  const ts = Date.now();
  for (let i = 0; i < READINGS; i++) {
    const temp = 60 + ((ts / 1_000 + i) % 30);
    client.publish(`bench.d${i % DEVICES}.motor`, JSON.stringify({ ts: ts + i, temp, rms: 3 }));
  }
}
