import { createConnectors } from '../../../connectors/index.ts';
import { type Plan, PLAN_VERSION, type SourceNode } from '../../../dsl/plan.ts';
import type { RowBatch } from '../../../engine/connector.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import { runJob, type SourceAddress } from '../../../engine/runtime/job.ts';
import type { Settings } from '../../settings/settings.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { journalsIn } from '../journals.ts';
import { sourceOverrides } from '../source-overrides.ts';
import { silent } from './rule-version.ts';

/** What is heard of a run. */
export type Hearing = {
  readonly onAlert: (change: AlertChange) => void;
  /** Of the series that the plan stores. */
  readonly onRows: (batch: RowBatch) => void;
};

/** One stretch of the past, over which plans are run: all of them over the same events. */
export class PastRuns {
  readonly #settings: Settings;
  readonly #sources: Readonly<Record<string, SourceAddress>>;
  readonly #signal: AbortSignal;

  /** Streams that plans have in common are read from where the first one says. */
  constructor(
    plans: readonly Plan[],
    options: { readonly source: readonly string[]; readonly settings: Settings; readonly signal: AbortSignal },
  ) {
    const sources = new Map<string, SourceNode>();
    for (const node of plans.flatMap(({ nodes }) => nodes)) {
      if (node.kind === 'source' && !sources.has(node.id)) sources.set(node.id, node);
    }
    const all: Plan = { version: PLAN_VERSION, nodes: [...sources.values()] };
    this.#settings = options.settings;
    this.#sources = { ...Object.fromEntries(sources), ...sourceOverrides(options.source, all) };
    this.#signal = options.signal;
  }

  /** Where events come from: for people. */
  get description(): string {
    return Object.entries(this.#sources)
      .map(([id, { connector, address }]) => `${id} from ${connector} ${address}`)
      .join(', ');
  }

  async run(plan: Plan, { onAlert, onRows }: Hearing): Promise<void> {
    const { disk, ...journals } = journalsIn(this.#settings.journal.directory);
    const { nats, questdb } = this.#settings;
    await runJob({
      plan: silent(plan),
      connectors: createConnectors({ disk, journals, nats, questdb, log: { write: () => {}, isJson: false } }),
      sources: Object.fromEntries(
        plan.nodes.flatMap(({ kind, id }) => (kind === 'source' ? [[id, this.#sources[id]!] as const] : [])),
      ),
      isDrained: true,
      rowStreams: plan.nodes.flatMap(node => (node.kind === 'store' ? [node.input] : [])),
      onAlert,
      onRows,
      onWarning: warning => writeCodedMessage({ severity: 'warning', ...warning }),
      signal: this.#signal,
    });
  }
}
