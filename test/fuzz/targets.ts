import { codecTarget } from './codec-target.ts';
import { grammarTarget } from './grammar-target.ts';
import { messageTarget } from './message-target.ts';
import type { FuzzTarget } from './target.ts';

/** By the name that `--target` takes. */
export const FUZZ_TARGETS = {
  grammar: grammarTarget,
  csv: () => codecTarget('csv'),
  ndjson: () => codecTarget('ndjson'),
  json: () => codecTarget('json'),
  'json-message': () => messageTarget('json'),
  'msgpack-message': () => messageTarget('msgpack'),
  'cbor-message': () => messageTarget('cbor'),
} as const satisfies Record<string, () => FuzzTarget>;

export type TargetName = keyof typeof FUZZ_TARGETS;

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(FUZZ_TARGETS, name);
}
