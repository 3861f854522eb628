import { createConnectors } from '../../connectors/index.ts';
import { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { SymbolTable } from '../../engine/batch.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { createNodePlatform } from '../../engine/runtime/node-platform.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { JobMeter, type Stretch } from '../job-meter.ts';
import { OutputSum } from '../output-sum.ts';
import type { RuleSet } from './rule-sets.ts';

const MAX_EVENTS = 8_192; // as a job reads (engine/runtime/job.ts)
const WARM_UP_SHARE = 0.25; // of the events

const connectors = createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: true } });

/** Reading and decoding alone, with the columns that the rules need. */
export async function sourcePass(ruleSet: RuleSet, directory: string): Promise<Stretch> {
  const { plan, events } = ruleSet;
  const declared = plan.nodes.find(candidate => candidate.kind === 'source')!;
  const node = { ...declared, connector: 'file', address: fileOf(ruleSet) };
  const source = await connectors.get('file')!.openSource!({
    source: node,
    directory,
    builder: new BatchBuilder(node, new SymbolTable()),
    position: null,
    speed: 'max',
    isFollowed: false,
    nowUs: () => 0,
  });
  const meter = new JobMeter({ fromEvent: events * WARM_UP_SHARE, toEvent: events });
  const { signal } = new AbortController();
  let read = 0;
  for (;;) {
    const next = await source.read({ maxEvents: MAX_EVENTS, signal });
    if (next.kind !== 'batch') break;
    read += next.batch.length;
    meter.onProgress({ events: read });
  }
  await source.close();
  if (read !== events) throw new Error(`the source gave ${read} events instead of ${events}`);
  return meter.stretch();
}

/** A whole job; what comes out is counted, or added up where a sum is given. */
export async function jobPass(options: {
  readonly ruleSet: RuleSet;
  readonly directory: string;
  readonly workerCount: number;
  readonly sum?: OutputSum;
}): Promise<{ readonly stretch: Stretch; readonly outputs: number }> {
  const { ruleSet, directory, workerCount, sum } = options;
  const meter = new JobMeter({ fromEvent: ruleSet.events * WARM_UP_SHARE, toEvent: ruleSet.events });
  const { rows, alerts } = await runJob({
    plan: ruleSet.plan,
    connectors,
    platform: createNodePlatform(),
    workerCount,
    sources: { s: { connector: 'file', address: fileOf(ruleSet), directory } },
    rowStreams: ruleSet.rowStreams,
    onRows: batch => sum !== undefined && batch.rows.forEach(row => sum.addRow(row)),
    onAlert: change => sum?.addAlert(change),
    onProgress: meter.onProgress,
    signal: new AbortController().signal,
  });
  return { stretch: meter.stretch(), outputs: rows + alerts };
}

export function fileOf({ events }: RuleSet): string {
  return `readings-${events}.csv`;
}
