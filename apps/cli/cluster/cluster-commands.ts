import { setTimeout as delay } from 'node:timers/promises';
import { isoTime } from '../../../connectors/codecs/output-lines.ts';
import { openSharedStore } from '../../../connectors/nats/cluster/open-shared-store.ts';
import type { SharedStore } from '../../../engine/shared-store.ts';
import {
  type ClusterState,
  clusterState,
  type ProcessState,
  type ShareState,
} from '../../server/cluster/cluster-state.ts';
import { bucketOf, ENTRY_KEYS } from '../../server/cluster/entry-keys.ts';
import { TAKEN_AFTER_MS } from '../../server/cluster/lease.ts';
import { newValue } from '../../server/cluster/member.ts';
import { planIdentity } from '../../server/cluster/plan-identity.ts';
import { compileRuleSet } from '../../server/rules/compile-rule-set.ts';
import { RuleFolder } from '../../server/rules/rule-folder.ts';
import { WrongRules } from '../../server/rules/wrong-rules.ts';
import { storeFor } from '../../server/run/job-options.ts';
import { readSettings, type Settings } from '../../settings/settings.ts';
import { CommandLineError } from '../command-line-error.ts';
import { TableOutput } from '../table-output.ts';

/** `millrace cluster`. */
export async function showCluster(options: ClusterOptions): Promise<void> {
  await withCluster(options, async store => show(await stateOf(store, options), options));
}

/** `millrace cluster drain`. */
export async function drainProcess(name: string, options: ClusterOptions): Promise<void> {
  await withCluster(options, async store => await drain(store, name));
}

/** `millrace cluster use`. */
export async function useRules(options: ClusterOptions): Promise<void> {
  await withCluster(options, async (store, settings) => await use(store, settings));
}

export type ClusterOptions = { readonly config?: string; readonly json?: true };

async function withCluster(
  { config }: ClusterOptions,
  act: (store: SharedStore, settings: Settings) => Promise<void> | void,
): Promise<void> {
  const settings = readSettings(config);
  const { cluster, nats } = settings;
  if (cluster === null) {
    throw new CommandLineError(
      'MR7075',
      'the settings have no cluster',
      'write `cluster: { name: plant }` into millrace.yaml, or name the settings with --config',
    );
  }
  const store = await openSharedStore(nats, { bucket: bucketOf(cluster.name), replicas: cluster.replicas });
  try {
    await act(store, settings);
  } finally {
    await store.close();
  }
}

async function stateOf({ entries }: SharedStore, { config }: ClusterOptions): Promise<ClusterState> {
  const state = clusterState(await entries.readAll());
  if (state !== null) return state;
  throw new CommandLineError(
    'MR7075',
    `no process has ever been in the cluster ${readSettings(config).cluster!.name}`,
    'start one: millrace serve',
  );
}

function show({ shares, processes }: ClusterState, { json }: ClusterOptions): void {
  if (json === true) {
    for (const share of shares) line({ type: 'share', ...shareJson(share) });
    for (const process of processes) line({ type: 'process', ...processJson(process) });
    return;
  }
  const table = new TableOutput(['share', 'owner', 'since', 'epoch', 'behind', 'checkpoint', 'size', 'rules'], 'text');
  table.rows(
    shares.map(({ share, owner, sinceUs, heardUs, epoch, behind, savedUs, checkpointBytes, version }) => [
      share,
      owner === null ? '(nobody)' : `${owner}${silenceOf(heardUs!)}`,
      sinceUs === null ? null : shownTime(sinceUs),
      epoch,
      behind,
      savedUs === null ? null : `${secondsAgo(savedUs)} s ago`,
      checkpointBytes === 0 ? null : `${Math.ceil(checkpointBytes / 1_000)} kB`,
      version === 0 ? null : version,
    ]),
  );
  table.end();
  process.stdout.write('\n');
  const others = new TableOutput(['process', 'shares', 'since', 'rules', 'state'], 'text');
  others.rows(
    processes.map(({ name, sinceUs, heardUs, version, isLeaving }) => [
      name,
      shares.filter(({ owner }) => owner === name).length,
      shownTime(sinceUs),
      version,
      `${isLeaving ? 'leaving' : 'running'}${silenceOf(heardUs)}`,
    ]),
  );
  others.end();
}

/** Resolves when the process has given up all that it had. */
async function drain({ entries }: SharedStore, name: string): Promise<void> {
  const find = async () => clusterState(await entries.readAll())?.processes.find(process => process.name === name);
  const found = await find();
  if (found === undefined || isGone(found)) {
    throw new CommandLineError('MR7076', `there is no process ${name} in the cluster`, 'millrace cluster lists them');
  }
  await newValue(entries, ENTRY_KEYS.drain(name), found.session);
  for (let process: ProcessState | undefined = found; process?.session === found.session; process = await find()) {
    if (isGone(process)) break; // it has ended otherwise
    await delay(LOOK_EVERY_MS);
  }
  process.stdout.write(`${name} has given its shares up.\n`);
}

async function use({ entries }: SharedStore, settings: Settings): Promise<void> {
  const { rulesDirectory: directory } = settings;
  const set = await new RuleFolder(directory).read();
  const store = storeFor(settings) === null ? 'none' : 'there';
  const { plan, text } = compileRuleSet({ set, directory, isFromDisk: true, store });
  if (plan === null) throw new WrongRules(text);
  const identity = planIdentity(plan);
  const version = await newValue(entries, ENTRY_KEYS.plan(identity), identity);
  process.stdout.write(`The rules of ${directory} are the newest now: version ${version}.\n`);
}

function shareJson({ sinceUs, heardUs, savedUs, checkpointBytes, ...share }: ShareState): object {
  return {
    ...share,
    since: sinceUs === null ? null : isoTime(sinceUs),
    heard: heardUs === null ? null : isoTime(heardUs),
    checkpoint: savedUs === null ? null : isoTime(savedUs),
    checkpoint_bytes: checkpointBytes,
  };
}

function processJson({ sinceUs, heardUs, isLeaving, session: _, ...process }: ProcessState): object {
  return { ...process, since: isoTime(sinceUs), heard: isoTime(heardUs), is_leaving: isLeaving };
}

function line(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`);
}

function shownTime(us: number): string {
  return isoTime(us).slice(0, 19).replace('T', ' ');
}

function silenceOf(heardUs: number): string {
  return isSilent(heardUs) ? ` (silent for ${secondsAgo(heardUs)} s)` : '';
}

/** Not only slow. */
function isGone({ heardUs }: ProcessState): boolean {
  return Date.now() - heardUs / 1_000 > GONE_AFTER_MS;
}

/** By this machine's clock, which may differ from the server's. */
function isSilent(heardUs: number): boolean {
  return Date.now() - heardUs / 1_000 > TAKEN_AFTER_MS;
}

function secondsAgo(us: number): number {
  return Math.max(0, Math.round(Date.now() / 1_000 - us / 1e6));
}

const LOOK_EVERY_MS = 200;
const GONE_AFTER_MS = 30_000;
