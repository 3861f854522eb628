import type { StreamConfig, StreamInfo } from '@nats-io/jetstream';
import { MillraceError } from '../../engine/errors.ts';
import type { SharedConnection } from './connection.ts';
import { findStream } from './find-stream.ts';
import { ApiError, JetStreamApi } from './jetstream-api.ts';
import { messageOf } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { covers, meets } from './subject-filter.ts';

/** A JetStream stream as somebody wants it. What is not given stays as it is, or has the server's default. */
export type WantedStream = {
  readonly name: string;
  readonly subjects: readonly string[];
  readonly retention?: 'limits' | 'interest' | 'workqueue';
  readonly storage?: 'file' | 'memory';
  readonly replicas?: number;
  /** 0: for ever. */
  readonly maxAgeMs?: number;
  /** -1: as much as there is room for. */
  readonly maxBytes?: number;
  /** Within which a message with the same id is stored once. */
  readonly dedupeWindowMs?: number;
};

/** What setting up would do, in words for people; `apply` does it. */
export type SetupStep =
  | { readonly kind: 'create'; readonly text: string; readonly config: StreamChange }
  | { readonly kind: 'update'; readonly text: string; readonly config: StreamChange }
  | { readonly kind: 'ok'; readonly text: string }
  | { readonly kind: 'conflict'; readonly text: string };

type StreamChange = Partial<StreamConfig> & { readonly name: string };

/**
 * Compares the streams that are wanted with those that are there. Changes nothing. Subjects are only added: others may
 * publish to those that are not wanted here. A conflict is what cannot be changed, or what would lose messages.
 *
 * Errors: MR5101–MR5104 the connection.
 */
export async function planSetup(options: {
  readonly settings: NatsSettings;
  readonly connection: SharedConnection;
  readonly wanted: readonly WantedStream[];
}): Promise<SetupStep[]> {
  return await withApi(options, async api => {
    const steps: SetupStep[] = [];
    for (const wanted of options.wanted) steps.push(await planStream(api, wanted));
    return steps;
  });
}

/**
 * The same for subjects that some stream has to store, whichever it is: where none does, the one that would be created.
 *
 * Errors: MR5101–MR5104 the connection.
 */
export async function planSubjects(options: {
  readonly settings: NatsSettings;
  readonly connection: SharedConnection;
  /** `name`: of the stream, where it has to be made. */
  readonly wanted: readonly { readonly subject: string; readonly name: string }[];
}): Promise<SetupStep[]> {
  return await withApi(options, async api => {
    const steps: SetupStep[] = [];
    for (const wanted of options.wanted) steps.push(await planSubject(api, wanted, options.settings));
    return steps;
  });
}

async function planSubject(
  api: JetStreamApi,
  { subject, name }: { readonly subject: string; readonly name: string },
  settings: NatsSettings,
): Promise<SetupStep> {
  try {
    const { config } = await findStream(api, subject, settings);
    return { kind: 'ok', text: `stream ${config.name}: stores ${subject}` };
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    if (error.code === 'MR5106') return { kind: 'conflict', text: error.message };
    if (error.code !== 'MR5105') throw error;
    return await planStream(api, { name: settings.streams?.[subject] ?? name, subjects: [subject] });
  }
}

/** Does the steps that change something, in order. What the server refuses comes back as a conflict. */
export async function applySetup(options: {
  readonly settings: NatsSettings;
  readonly connection: SharedConnection;
  readonly steps: readonly SetupStep[];
}): Promise<SetupStep[]> {
  return await withApi(options, async api => {
    const done: SetupStep[] = [];
    for (const step of options.steps) done.push(await applyStep(api, step));
    return done;
  });
}

async function planStream(api: JetStreamApi, wanted: WantedStream): Promise<SetupStep> {
  const { name } = wanted;
  const info = await api.streamInfo(name);
  const others = await othersWith(api, wanted);
  if (others.length > 0) return { kind: 'conflict', text: `stream ${name}: ${others.join('; ')}` };
  const config = configOf(wanted);
  if (info === undefined) return { kind: 'create', text: `stream ${name}: ${describe(config)}`, config };
  const fixed = fixedDifferences(info.config, config);
  if (fixed.length > 0) return { kind: 'conflict', text: `stream ${name}: ${fixed.join('; ')}` };
  return planUpdate(info, config);
}

function planUpdate({ config }: StreamInfo, wanted: StreamChange): SetupStep {
  const { name } = wanted;
  const has = config.subjects ?? [];
  const added = (wanted.subjects ?? []).filter(subject => !has.some(pattern => covers(pattern, subject)));
  const kept = has.filter(pattern => !added.some(subject => covers(subject, pattern))); // streams' subjects may not meet
  const changes = CHANGEABLE.filter(member => wanted[member] !== undefined && wanted[member] !== config[member]);
  if (added.length === 0 && changes.length === 0) return { kind: 'ok', text: `stream ${name}: as wanted` };
  const texts = [
    ...added.map(subject => `stores ${subject} too`),
    ...changes.map(member => `${WORDS[member]} ${shown(member, config[member])} → ${shown(member, wanted[member])}`),
  ];
  const changed = Object.fromEntries(changes.map(member => [member, wanted[member]]));
  const next: StreamChange = { ...config, ...changed, name, subjects: [...kept, ...added] };
  return { kind: 'update', text: `stream ${name}: ${texts.join('; ')}`, config: next };
}

/** Streams of other names that have one of the subjects, or part of it. */
async function othersWith(api: JetStreamApi, { name, subjects }: WantedStream): Promise<string[]> {
  const found: string[] = [];
  for (const subject of subjects) {
    for (const other of await api.streamNames(subject)) {
      if (other === name) continue;
      const info = await api.streamInfo(other);
      const pattern = info?.config.subjects?.find(candidate => meets(candidate, subject));
      found.push(`the stream ${other} stores ${pattern ?? 'a part'} of ${subject}`);
    }
  }
  return found;
}

async function applyStep(api: JetStreamApi, step: SetupStep): Promise<SetupStep> {
  if (step.kind === 'ok' || step.kind === 'conflict') return step;
  try {
    if (step.kind === 'create') await api.createStream(step.config);
    else await api.updateStream(step.config);
    return step;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: 'conflict', text: `${step.text}: the server refuses: ${messageOf(error)}` };
  }
}

function configOf(wanted: WantedStream): StreamChange {
  const { name, subjects, retention, storage, replicas, maxAgeMs, maxBytes, dedupeWindowMs } = wanted;
  return {
    name,
    subjects: [...subjects],
    ...(retention === undefined ? {} : { retention }),
    ...(storage === undefined ? {} : { storage }),
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
    ...(maxAgeMs === undefined ? {} : { max_age: maxAgeMs * NANOSECONDS }),
    ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
    ...(dedupeWindowMs === undefined ? {} : { duplicate_window: dedupeWindowMs * NANOSECONDS }),
  };
}

/** What a stream keeps for as long as it lives. */
function fixedDifferences(has: StreamConfig, wanted: StreamChange): string[] {
  return FIXED.filter(member => wanted[member] !== undefined && wanted[member] !== has[member]).map(
    member => `its ${WORDS[member]} is ${has[member]}, not ${wanted[member]}, and cannot be changed`,
  );
}

function describe(config: StreamChange): string {
  const members = [...FIXED, ...CHANGEABLE].filter(member => config[member] !== undefined);
  return [
    `stores ${(config.subjects ?? []).join(', ')}`,
    ...members.map(member => `${WORDS[member]} ${shown(member, config[member])}`),
  ].join('; ');
}

function shown(member: keyof typeof WORDS, value: unknown): string {
  if (member === 'max_age' && value === 0) return 'for ever';
  if (member === 'max_age' || member === 'duplicate_window') return `${Number(value) / 1e9} s`;
  return member === 'max_bytes' && value === -1 ? 'without a bound' : String(value);
}

async function withApi<T>(
  { settings, connection }: { readonly settings: NatsSettings; readonly connection: SharedConnection },
  use: (api: JetStreamApi) => Promise<T>,
): Promise<T> {
  const lease = await connection.acquire();
  try {
    return await use(new JetStreamApi(lease, settings));
  } finally {
    await lease.release();
  }
}

const WORDS = {
  retention: 'retention',
  storage: 'storage',
  num_replicas: 'replicas',
  max_age: 'keeps messages',
  max_bytes: 'bytes',
  duplicate_window: 'dedupe window',
} as const;
const FIXED = ['retention', 'storage'] as const;
const CHANGEABLE = ['num_replicas', 'max_age', 'max_bytes', 'duplicate_window'] as const;
const NANOSECONDS = 1_000_000;
