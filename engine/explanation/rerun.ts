import type { Connector } from '../connector.ts';
import type { SourceAddress } from '../runtime/job-options.ts';
import { type JobWarning, runJob } from '../runtime/job.ts';
import { createNodePlatform } from '../runtime/node-platform.ts';
import type { ExplainedRule } from './explained-rule.ts';
import { type PastAction, PastActions } from './past-actions.ts';
import type { AskedStretch } from './pattern-evidence.ts';
import { type Evidence, type Key, Witness } from './witness.ts';

/** Runs the rule again, by itself. Errors: those of `runJob`. */
export async function rerun(
  explained: ExplainedRule,
  options: {
    readonly key: Key;
    /** What operators did to alerts of the plan's rules. */
    readonly actions?: readonly PastAction[];
    readonly asked?: AskedStretch;
    readonly connectors: ReadonlyMap<string, Connector>;
    readonly sources: Readonly<Record<string, SourceAddress>>;
    readonly functions?: readonly string[];
    readonly onWarning?: (warning: JobWarning) => void;
    readonly signal: AbortSignal;
  },
): Promise<Evidence> {
  const { key, connectors, sources, functions = [], onWarning = () => {}, signal } = options;
  const witness = new Witness(explained, { key, asked: options.asked ?? EVER });
  await runJob({
    plan: explained.plan,
    connectors,
    sources,
    inputs: [new PastActions(options.actions ?? [])],
    functions,
    platform: createNodePlatform({ observer: witness.observer }),
    rowStreams: witness.rowStreams,
    isDrained: true,
    onRows: batch => witness.hearRows(batch),
    onAlert: change => witness.hearAlert(change),
    onRejected: rejection => witness.hearRejection(rejection),
    onWarning,
    signal,
  });
  return witness.evidence();
}

const EVER: AskedStretch = { fromUs: -Infinity, untilUs: Infinity };
