import type { StreamInfo, SubjectTransformConfig } from '@nats-io/jetstream';
import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import { noStream, rewrittenSubjects, severalStreams } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { meets } from './subject-filter.ts';

/**
 * The JetStream stream that stores an address's subject: the one that the settings name, else the only one.
 *
 * Errors: MR5105 none · MR5106 several.
 */
export async function findStream(api: JetStreamApi, subject: string, settings: NatsSettings): Promise<StreamInfo> {
  const named = settings.streams?.[subject];
  const names = named === undefined ? await api.streamNames(subject) : [named];
  if (names.length === 0) throw noStream(subject, 'none has such a subject');
  if (names.length > 1) throw severalStreams(subject, names);
  const info = await api.streamInfo(names[0]!);
  if (info === undefined) throw noStream(subject, `there is no stream ${names[0]}`);
  if (!stores(info, subject)) {
    throw noStream(subject, `${names[0]} stores ${(info.config.subjects ?? []).join(', ')}`);
  }
  return info;
}

/** A mirror and a stream of sources have no subjects of their own: what they store is not known from here. */
export function stores({ config }: StreamInfo, subject: string): boolean {
  const isCopy = config.mirror !== undefined || (config.sources ?? []).length > 0;
  const transformed = config.subject_transform?.dest;
  return isCopy || transformed !== undefined || (config.subjects ?? []).some(pattern => meets(pattern, subject));
}

/**
 * Subject tokens are counted on the subject as published (LANGUAGE), and so is an address, unless the settings name its
 * stream. A transform on the way into the stream hides that subject.
 *
 * Errors: MR5110.
 */
export function requirePublishedSubjects(
  { config }: StreamInfo,
  {
    subject,
    isNamed,
    builder,
  }: { readonly subject: string; readonly isNamed: boolean; readonly builder: BatchBuilder },
): void {
  const fields = builder.slots.filter(({ origin }) => origin.kind === 'subject');
  for (const { src = '', dest, isOwn } of transformsOf(config)) {
    const from = src === '' ? '>' : src;
    if (dest === '' || dest === from) continue;
    if (fields.length > 0) {
      throw rewrittenSubjects(config.name, `${from} becomes ${dest}, and ${fields[0]!.name} is a part of the subject`);
    }
    if (isOwn && !isNamed && meets(from, subject)) throw rewrittenSubjects(config.name, `${from} becomes ${dest}`);
  }
}

function transformsOf(config: StreamInfo['config']): readonly (SubjectTransformConfig & { readonly isOwn: boolean })[] {
  const origins = [...(config.sources ?? []), ...(config.mirror === undefined ? [] : [config.mirror])];
  const own = config.subject_transform === undefined ? [] : [{ ...config.subject_transform, isOwn: true }];
  return [
    ...own,
    ...origins.flatMap(origin => (origin.subject_transforms ?? []).map(found => ({ ...found, isOwn: false }))),
  ];
}
