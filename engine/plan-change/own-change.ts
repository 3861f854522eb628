import type { Field, RuleNode, SourceNode } from '../../dsl/plan.ts';
import type { StateChange } from './state-change.ts';

/** What the state of a source cannot outlive: other keys, or another time. */
export function sourceChange(stored: SourceNode, next: SourceNode): StateChange | null {
  const keys = { stored: keyOfSource(stored), next: keyOfSource(next) };
  if (!isSameKey(keys.stored, keys.next)) return { kind: 'key', ...keys };
  return isEqual(stored.time, next.time) ? null : { kind: 'time' };
}

/** What the state of a rule cannot outlive: other keys, or other levels. */
export function ruleChange(
  stored: RuleNode,
  next: RuleNode,
  keys: { readonly stored: readonly Field[]; readonly next: readonly Field[] },
): StateChange | null {
  if (!isSameKey(keys.stored, keys.next)) return { kind: 'key', ...keys };
  const levels = {
    stored: stored.levels.map(level => level.severity),
    next: next.levels.map(level => level.severity),
  };
  return isEqual(levels.stored, levels.next) ? null : { kind: 'levels', ...levels };
}

export function keyOfSource({ key, fields }: SourceNode): readonly Field[] {
  return fields.filter(field => key.includes(field.name)).sort((a, b) => key.indexOf(a.name) - key.indexOf(b.name));
}

function isSameKey(a: readonly Field[], b: readonly Field[]): boolean {
  const text = (key: readonly Field[]) => JSON.stringify(key.map(({ name, type }) => [name, type]));
  return text(a) === text(b);
}

function isEqual(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
