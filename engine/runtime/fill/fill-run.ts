import { join } from 'node:path';
import type { Plan, RuleNode, SourceNode } from '../../../dsl/plan.ts';
import type { Scalar, SymbolTable } from '../../batch.ts';
import type { Connector, OpenStretch, Series, SeriesReader } from '../../connector.ts';
import type { Disk } from '../../disk.ts';
import { assert } from '../../errors.ts';
import type { AlertChange } from '../../operator.ts';
import type { FillPlan } from '../../plan-change/fill-plan.ts';
import { Identities } from '../../plan-change/plan-identity.ts';
import { PlanSide } from '../../plan-change/plan-side.ts';
import { hasState } from '../../plan-change/state-change.ts';
import { RuleVersions } from '../../rule-version.ts';
import { nameOf } from '../checkpoint/checkpoint-names.ts';
import { Checkpointer } from '../checkpoint/checkpointer.ts';
import { writingError } from '../checkpoint/state-error.ts';
import { unchangingTables } from '../history/unchanging-table.ts';
import type { JobOptions, SourceAddress } from '../job-options.ts';
import type { Platform } from '../platform.ts';
import type { SourceEnd } from '../source-end.ts';
import { keysOfShare, storedKeys } from '../stored-keys.ts';
import { PlanReaders } from '../workers/plan-readers.ts';
import type { KeptNode } from '../workers/worker-protocol.ts';
import { FillSource } from './fill-source.ts';
import type { FilledState } from './fill-state.ts';
import { filledName } from './filled-content.ts';
import { withJudgedRules } from './judged-rules.ts';
import { OpenAlerts } from './open-alerts.ts';

/** Runs a job: `startJob`, which this is a part of. */
export type RunFillJob = (options: JobOptions) => Promise<unknown>;

/** Where a live source stands. */
export type LiveEnd = SourceEnd & { readonly arrivalUs: number };

export type FillRunOptions = {
  /** Something is to be filled, and all of its streams are stored. */
  readonly plan: FillPlan;
  readonly reader: SeriesReader;
  readonly openStretch: OpenStretch;
  /** By stream of the plan. */
  readonly ends: Readonly<Record<string, LiveEnd>>;
  readonly job: Pick<JobOptions, 'connectors' | 'functions' | 'share' | 'workerCount'>;
  readonly platform: Platform;
  /** Of the job that is filled: what it will know the state's symbols by. */
  readonly symbols: SymbolTable;
  /** For what is filled, until a checkpoint of the job has it. */
  readonly folder: string;
  readonly runJob: RunFillJob;
  readonly onProgress: (progress: { readonly share: number; readonly events: number }) => void;
  readonly signal: AbortSignal;
};

/**
 * Runs a part of a plan over what is stored of its streams, up to where the live sources stand, as a job of its own whose last
 * checkpoint is what was filled. Null: it was aborted. Errors: those of the store, of tables, and MR6002.
 */
export async function runFill(options: FillRunOptions): Promise<FilledState | null> {
  return await new FillRun(options).run();
}

class FillRun {
  readonly #options: FillRunOptions;
  readonly #sources: FillSource[] = [];
  readonly #done = new AbortController();
  readonly #alerts = new OpenAlerts();
  readonly #ruleVersions = new Map<string, string>(); // by name
  #versions: RuleVersions | undefined;
  #waitsFor: number; // sources that go on elsewhere

  constructor(options: FillRunOptions) {
    this.#options = options;
    this.#waitsFor = sourcesOf(options.plan.plan).filter(({ id }) => !options.ends[id]!.isAtEnd).length;
  }

  async run(): Promise<FilledState | null> {
    const { plan, platform, folder, symbols, runJob, onProgress, signal } = this.#options;
    const { connectors, ...own } = this.#options.job;
    await clearFill(platform.disk, folder);
    const { stretches, sources, judgedFromUs } = await this.#stretches();
    await runJob({
      ...own,
      plan: withJudgedRules(plan.plan, judgedFromUs),
      platform,
      connectors: new Map([...[...connectors].map(tablesOfNow), ...stretches]),
      sources,
      areSourcesAdmitted: true,
      symbols,
      stateDirectory: folder,
      checkpointEveryMs: RARELY_MS, // the last one is what counts
      maxKeys: Number.MAX_SAFE_INTEGER, // events of others were never stored
      onAlert: change => this.#noteAlert(change),
      onProgress: ({ events }) => onProgress({ share: this.#share(), events }),
      signal: AbortSignal.any([signal, this.#done.signal]),
    });
    return signal.aborted ? null : await this.#filled();
  }

  async #filled(): Promise<FilledState> {
    const { platform, folder, plan } = this.#options;
    const restored = await (await Checkpointer.open(platform.disk, folder)).latest();
    assert(restored !== undefined, 'a job with state ends with a checkpoint');
    const ids = new Identities();
    const side = new PlanSide(plan.plan, { ids, rowsOf: ({ id }) => ids.of(id) });
    const kept: Record<string, KeptNode> = {};
    for (const node of plan.plan.nodes) {
      if (!hasState(node) || plan.nodes.get(node.id)?.kind !== 'filled') continue;
      const fromTable = filledName(side.tableOf(node));
      kept[node.id] = { from: filledName(node.id), fromTable, names: null, isFilled: true };
    }
    return { parts: restored.parts, kept, alerts: this.#alerts };
  }

  /** Its version is that of the rule, which there is more in front of here. */
  #noteAlert(change: AlertChange): void {
    const { provenance } = change;
    if (provenance === undefined) return this.#alerts.note(change);
    const ruleVersion = this.#ruleVersionOf(change.rule);
    this.#alerts.note({ ...change, provenance: { ...provenance, ruleVersion } });
  }

  #ruleVersionOf(name: string): string {
    let version = this.#ruleVersions.get(name);
    if (version === undefined) {
      const { plan } = this.#options.plan;
      this.#versions ??= new RuleVersions(plan, new PlanReaders(plan));
      const rule = plan.nodes.find((node): node is RuleNode => node.kind === 'rule' && node.name === name)!;
      this.#ruleVersions.set(name, (version = this.#versions.versionOf(rule)));
    }
    return version;
  }

  /** A connector for each stream, and its address; and from when on which rules are asked. */
  async #stretches() {
    const { plan, ends } = this.#options;
    const stretches: [string, Connector][] = [];
    const sources: Record<string, SourceAddress> = {};
    const cuts = new Map<string, number>(); // by stream of which there is more than is read: how late its events may come
    for (const node of sourcesOf(plan.plan)) {
      const name = `stored ${node.id}`;
      const { connector, lagUs, isCut } = await this.#stretchOf(node);
      stretches.push([name, connector]);
      sources[node.id] = { connector: name, address: node.id, directory: '' };
      if (isCut) cuts.set(node.id, lagUs);
    }
    const judgedFromUs = new Map<string, number>();
    for (const [id, fill] of plan.nodes) {
      if (fill.kind !== 'filled' || fill.judgedUs === 0) continue;
      const ofCut = fill.streams.flatMap(stream => {
        const lagUs = cuts.get(stream);
        return lagUs === undefined ? [] : [ends[stream]!.arrivalUs - lagUs - fill.judgedUs];
      });
      if (ofCut.length > 0) judgedFromUs.set(id, Math.max(...ofCut));
    }
    return { stretches, sources, judgedFromUs };
  }

  /** Of the share; undefined: all are read, and those of others are left out behind that. */
  async #keysOf(series: Series, source: SourceNode): Promise<readonly (readonly Scalar[])[] | undefined> {
    const { reader, job } = this.#options;
    const { share } = job;
    if (share === undefined || share.count === 1 || source.key.length === 0) return undefined;
    return keysOfShare(await storedKeys(reader, source, { series, fromUs: -Infinity, toUs: Infinity }), share);
  }

  async #stretchOf(
    node: SourceNode,
  ): Promise<{ readonly connector: Connector; readonly lagUs: number; readonly isCut: boolean }> {
    const { id } = node;
    const { plan, reader, openStretch, ends } = this.#options;
    const end = ends[id]!;
    await reader.settled?.(id);
    const series = await reader.find(id);
    assert(series !== null, 'it was there before');
    const backUs = plan.backUs + MOST_LAG_US;
    const lag = { series, fromUs: end.arrivalUs - backUs, toUs: Infinity };
    const lagUs = Math.min(await reader.lag(lag), MOST_LAG_US);
    const fromUs = end.arrivalUs - plan.backUs - lagUs;
    const bounds = await reader.bounds(series);
    const stored = openStretch({
      reader,
      fromUs,
      toUs: Infinity,
      keysOf: async () => await this.#keysOf(series, node),
      hasLate: 'known',
      hasRejected: false, // they move no watermark, and the clock comes to its end
      last: end.last ?? { arrivalUs: end.arrivalUs, source: '', sequence: Infinity, item: 0 },
      endArrivalUs: -Infinity,
    });
    const connector: Connector = {
      ...stored,
      openSource: async options => {
        const inner = await stored.openSource!(options);
        const source = new FillSource({ inner, end, onThrough: () => this.#noteThrough() });
        this.#sources.push(source);
        return source;
      },
    };
    return { connector, lagUs, isCut: bounds !== null && bounds.firstUs < fromUs };
  }

  #noteThrough(): void {
    this.#waitsFor--;
    if (this.#waitsFor === 0) this.#done.abort();
  }

  #share(): number {
    return this.#sources.reduce((sum, { share }) => sum + share, 0) / Math.max(1, this.#sources.length);
  }
}

/** Lets go of what was filled, and of what a crash left behind. Errors: MR6002. */
export async function clearFill(disk: Disk, folder: string): Promise<void> {
  const inputs = join(folder, 'inputs');
  try {
    const names = await disk.list(folder);
    const isManifest = (name: string) => nameOf(name)?.kind === 'manifest';
    const ours = names.filter(name => nameOf(name) !== undefined);
    // A manifest that is there never misses a part.
    for (const name of [...ours.filter(isManifest), ...ours.filter(each => !isManifest(each))])
      await disk.remove(join(folder, name));
    for (const name of await disk.list(inputs)) await disk.remove(join(inputs, name));
  } catch (error) {
    throw writingError(folder, error);
  }
}

function tablesOfNow([name, connector]: readonly [string, Connector]): [string, Connector] {
  return [name, { ...connector, name, ...unchangingTables(connector) }];
}

function sourcesOf({ nodes }: Plan): SourceNode[] {
  return nodes.filter(node => node.kind === 'source');
}

const RARELY_MS = 86_400_000;
/** Devices whose events come later than that after their time are filled with less. */
const MOST_LAG_US = 86_400_000_000;
