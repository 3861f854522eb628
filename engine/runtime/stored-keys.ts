import type { SourceNode } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import type { Series, SeriesReader } from '../connector.ts';
import { type KeyShare, shareOfKey } from '../state/key-share.ts';

/** Of a source's raw series: its keys by the source's own fields. */
export async function storedKeys(
  reader: SeriesReader,
  { key, fields }: SourceNode,
  stretch: { readonly series: Series; readonly fromUs: number; readonly toUs: number },
): Promise<readonly (readonly Scalar[])[]> {
  const ofSource = key.map(name => fields.find(field => field.name === name)!);
  return await reader.keys({ ...stretch, series: { ...stretch.series, key: ofSource } });
}

/** Those of the share; undefined: there are too many to ask for, so that all are read, and others are left out behind that. */
export function keysOfShare(
  all: readonly (readonly Scalar[])[],
  share: KeyShare,
): readonly (readonly Scalar[])[] | undefined {
  const own = share.count === 1 ? all : all.filter(key => shareOfKey(key, share.count) === share.index);
  return own.length > MOST_KEYS ? undefined : own;
}

/** Beyond it a query would be longer than what it saves. */
const MOST_KEYS = 1_000;
