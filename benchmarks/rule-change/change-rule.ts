/**
 * In a process of its own: starts a job of so many rules, changes one of them, and says what each step took, as JSON.
 * `node --expose-gc change-rule.ts RULES FILES WORKERS EVENTS_PER_SECOND FOLDER`.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkProgram } from '../../dsl/check/check-program.ts';
import { wordsWith } from '../../dsl/extensions.ts';
import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { explainPlan } from '../../dsl/explain-plan.ts';
import { format } from '../../dsl/format.ts';
import { lowerProgram } from '../../dsl/lower/lower-program.ts';
import { parseFiles } from '../../dsl/parse/parse-files.ts';
import type { Plan } from '../../dsl/plan.ts';
import { validatePlan } from '../../dsl/validate-plan.ts';
import { Engine } from '../../engine/engine.ts';
import { stateLines } from '../../engine/plan-change/state-lines.ts';
import { readStoredPlan } from '../../engine/runtime/checkpoint/stored-plan.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { matchState } from '../../engine/state-identity.ts';
import { FIRST_EVENTS, liveSource } from './live-source.ts';
import { MAIN_FILE, ruleSet } from './rule-set.ts';

/** What something took: of time, and of processor time of all threads. */
export type Cost = { readonly ms: number; readonly cpuMs: number };

export type RuleChange = {
  readonly nodes: number;
  /** Of the first file that a process reads; and of a change of one rule, while a job runs, up to its first event. */
  readonly cold: Readonly<Record<string, Cost>>;
  readonly steps: Readonly<Record<string, Cost>>;
  readonly asked: Readonly<Record<string, Cost>>;
  /** Heap and arrays of the main thread: of syntax tree and plan, and with the job. */
  readonly planBytes: number;
  readonly jobBytes: number;
};

const [rules, files, workerCount, eventsPerSecond] = process.argv.slice(2, 6).map(Number) as [
  number,
  number,
  number,
  number,
];
const folder = process.argv[6]!;
const rulesFolder = join(folder, 'rules');
const stateDirectory = join(folder, 'state');
mkdirSync(rulesFolder, { recursive: true });

const emptyBytes = usedBytes();
write(ruleSet({ rules, files }));
const first = readPlan(); // V8 has compiled nothing yet, as when the command line is called
const planBytes = usedBytes() - emptyBytes;
const running = startJob(first.plan);
await running.handled(FIRST_EVENTS);
await running.durable; // so that there is a plan to compare with
const jobBytes = usedBytes() - emptyBytes;

write(ruleSet({ rules, files, changed: rules >> 1 }));
const whole = await timed(async () => {
  const next = await timed(() => readPlan());
  const compared = await timed(async () => {
    const stored = (await readStoredPlan(new NodeDisk(), stateDirectory))!;
    return stateLines(matchState(stored, next.value.plan), { stored, next: next.value.plan });
  });
  const stopped = await timed(() => running.stop());
  const job = startJob(next.value.plan);
  const started = await timed(() => job.started);
  const handled = await timed(() => job.handled(1));
  return { next, compared, stopped, started, handled, job };
});
const { next, compared, stopped, started, handled, job } = whole.value;
await job.stop();
const kept = compared.value.filter(line => line.state === 'kept').length;
if (kept !== compared.value.length) throw new Error(`${compared.value.length - kept} parts of the state are not kept`);

const mainText = readFileSync(join(rulesFolder, MAIN_FILE), 'utf8');
const steps = {
  ...next.value.phases,
  compare: costOf(compared),
  stop: costOf(stopped),
  start: costOf(started),
  firstEvent: costOf(handled),
  whole: costOf(whole),
};
const asked = {
  format: costOf(await timed(() => format(first.main, mainText))),
  explain: costOf(await timed(() => explainPlan(first.plan))),
  engine: costOf(await timed(() => new Engine(first.plan))),
};
const result: RuleChange = { nodes: first.plan.nodes.length, cold: first.phases, steps, asked, planBytes, jobBytes };
console.log(JSON.stringify(result));

function startJob(plan: Plan) {
  const abort = new AbortController();
  const started = Promise.withResolvers<number>();
  const durable = Promise.withResolvers<object>();
  let events = 0;
  const waiting: { readonly events: number; readonly resolve: () => void }[] = [];
  const done = runJob({
    plan,
    connectors: new Map([
      ['memory', liveSource({ eventsPerSecond, onRead: () => started.resolve(performance.now()) })],
    ]),
    workerCount,
    stateDirectory,
    onProgress: progress => {
      events = progress.events;
      for (const { resolve } of waiting.splice(0).filter(one => events >= one.events || !waiting.push(one))) resolve();
    },
    onCheckpoint: times => durable.resolve(times),
    signal: abort.signal,
  });
  return {
    started: started.promise,
    durable: durable.promise,
    handled: async (count: number) => {
      await Promise.race([done, new Promise<void>(resolve => waiting.push({ events: count, resolve }))]);
    },
    stop: async () => {
      abort.abort();
      await done;
    },
  };
}

function readPlan() {
  const diagnostics: Diagnostic[] = [];
  const parsed = timedNow(() =>
    parseFiles({
      file: MAIN_FILE,
      text: readFileSync(join(rulesFolder, MAIN_FILE), 'utf8'),
      read: path => ({ file: path, text: readFileSync(join(rulesFolder, path), 'utf8') }),
    }),
  );
  const { files, main, sources } = parsed.value;
  const checked = timedNow(() =>
    checkProgram(files, wordsWith({}), sources, diagnostic => diagnostics.push(diagnostic)),
  );
  if (diagnostics.length > 0) throw new Error(diagnostics[0]!.message);
  const lowered = timedNow(() => lowerProgram(checked.value));
  const validated = timedNow(() => validatePlan(lowered.value));
  const phases = {
    parse: costOf(parsed),
    check: costOf(checked),
    lower: costOf(lowered),
    validate: costOf(validated),
  };
  return { plan: lowered.value, main: main!, phases };
}

function write(texts: ReadonlyMap<string, string>): void {
  for (const [path, text] of texts) writeFileSync(join(rulesFolder, path), text);
}

type Timed<Value> = Cost & { readonly value: Value };

async function timed<Value>(run: () => Value | Promise<Value>): Promise<Timed<Value>> {
  const [fromMs, fromCpu] = [performance.now(), process.cpuUsage()];
  const value = await run();
  return { value, ...since(fromMs, fromCpu) };
}

function timedNow<Value>(run: () => Value): Timed<Value> {
  const [fromMs, fromCpu] = [performance.now(), process.cpuUsage()];
  const value = run();
  return { value, ...since(fromMs, fromCpu) };
}

function since(fromMs: number, fromCpu: NodeJS.CpuUsage): Cost {
  const { user, system } = process.cpuUsage(fromCpu);
  return { ms: performance.now() - fromMs, cpuMs: (user + system) / 1_000 };
}

function costOf({ ms, cpuMs }: Cost): Cost {
  return { ms, cpuMs };
}

/** Of the heap and of arrays, after a full collection. */
function usedBytes(): number {
  globalThis.gc!();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
