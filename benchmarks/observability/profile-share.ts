import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What runs only since somebody looks: all that is called from there is part of it. */
const OBSERVING = [
  '/apps/server/log/',
  '/apps/server/metrics/',
  '/apps/server/traces/',
  '/engine/runtime/trace/',
  '/engine/runtime/metrics/job-metrics.ts',
  '/engine/runtime/metrics/metrics-collector.ts',
  '/engine/runtime/metrics/worker-report.ts',
  '/benchmarks/observability/observers.ts',
  '/node_modules/@opentelemetry/',
  '/node_modules/pino/',
  '/node_modules/prom-client/',
  'node:_http_', // scrapes and exports alone are HTTP here
  'node:net',
];
/** It calls what it times. */
const OBSERVING_ITSELF = ['/engine/runtime/metrics/operator-times.ts', '/engine/runtime/metrics/sink-meter.ts'];

/** The share of the time of all threads that goes into metrics, logs and traces, by V8's sampling; and what was seen. */
export function profileShare(options: { readonly directory: string; readonly passes: number }) {
  const profiles = mkdtempSync(join(options.directory, 'profiles-'));
  const program = join(import.meta.dirname, 'profiled.ts');
  const flags = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${profiles}`];
  const said = execFileSync(process.execPath, [...flags, program, options.directory, String(options.passes)]);
  const { fromUs, scrapes, spans } = JSON.parse(String(said)) as Said;
  let busy = 0;
  let observing = 0;
  for (const file of readdirSync(profiles)) {
    const samples = samplesOf(JSON.parse(readFileSync(join(profiles, file), 'utf8')), fromUs);
    busy += samples.busy;
    observing += samples.observing;
  }
  return { share: observing / busy, samples: busy, scrapes, spans };
}

/** `fromUs`: what came before is the start of the process. */
function samplesOf({ nodes, samples, startTime, timeDeltas }: Profile, fromUs: number) {
  const isObserving = new Map<number, boolean>();
  const isIdle = new Set<number>();
  const byId = new Map(nodes.map(node => [node.id, node]));
  const mark = (node: ProfileNode, isInside: boolean): void => {
    const { url, functionName } = node.callFrame;
    const isHere = isInside || OBSERVING.some(part => url.includes(part));
    isObserving.set(node.id, isHere || OBSERVING_ITSELF.some(part => url.includes(part)));
    if (functionName === '(idle)') isIdle.add(node.id);
    for (const child of node.children ?? []) mark(byId.get(child)!, isHere);
  };
  mark(nodes[0]!, false);
  let timeUs = startTime;
  let busy = 0;
  let observing = 0;
  samples.forEach((id, i) => {
    timeUs += timeDeltas[i]!;
    if (timeUs < fromUs || isIdle.has(id)) return;
    busy++;
    if (isObserving.get(id)) observing++;
  });
  return { busy, observing };
}

type Said = { readonly fromUs: number; readonly scrapes: number; readonly spans: number };
type Profile = {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  readonly startTime: number;
  readonly timeDeltas: readonly number[];
};
type ProfileNode = {
  readonly id: number;
  readonly callFrame: { readonly url: string; readonly functionName: string };
  readonly children?: readonly number[];
};
