import type { Field, RuleNode, Severity, Template } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';
import { showTime, showValue } from './show.ts';

/** What a message can speak of. */
export type MessageContext = {
  readonly key: Readonly<Record<string, Scalar>>;
  readonly values: Readonly<Record<string, Scalar>>;
  readonly severity: Severity;
  readonly timeUs: number;
};

/** A hole before each of the texts but the first. Messages of rules of one form have the same holes. */
export type MessageParts = { readonly texts: readonly string[]; readonly holes: readonly Hole[] };

export type Hole =
  | { readonly kind: 'value'; readonly field: Field }
  | { readonly kind: 'key'; readonly name: string }
  | { readonly kind: 'severity' | 'time' };

/**
 * The text of a rule's alerts. A hole is a value of the row, else a field of the key, else `severity`, `rule` or
 * `time`; what is none of them shows as null.
 */
export function messageParts(node: RuleNode, keyFields: readonly string[]): MessageParts {
  const texts = [''];
  const holes: Hole[] = [];
  for (const part of node.message ?? defaultTemplate(node, keyFields)) {
    const hole = typeof part === 'string' ? part : holeOf(part.value, node, keyFields);
    if (typeof hole === 'string') {
      texts[holes.length] += hole;
    } else {
      holes.push(hole);
      texts.push('');
    }
  }
  return { texts, holes };
}

export function messageOf({ texts, holes }: MessageParts, context: MessageContext): string {
  let text = texts[0]!;
  for (let i = 0; i < holes.length; i++) text += shown(holes[i]!, context) + texts[i + 1]!;
  return text;
}

/** `overheating m1: high, temp 90.2 degC, state running` */
function defaultTemplate(node: RuleNode, keyFields: readonly string[]): Template {
  const key = keyFields.flatMap(field => [' ', { value: field }]);
  const values = node.values
    .filter(value => !keyFields.includes(value.name))
    .flatMap(value => [`, ${value.name} `, { value: value.name }]);
  return [node.name, ...key, ': ', { value: 'severity' }, ...values];
}

/** A text where it is the same in all messages of the rule. */
function holeOf(name: string, node: RuleNode, keyFields: readonly string[]): Hole | string {
  const field = node.values.find(value => value.name === name);
  if (field !== undefined) return { kind: 'value', field };
  if (keyFields.includes(name)) return { kind: 'key', name };
  if (name === 'severity' || name === 'time') return { kind: name };
  return name === 'rule' ? node.name : showValue(null, undefined);
}

function shown(hole: Hole, { key, values, severity, timeUs }: MessageContext): string {
  switch (hole.kind) {
    case 'value':
      return showValue(values[hole.field.name]!, hole.field);
    case 'key':
      return showValue(key[hole.name]!, undefined);
    case 'severity':
      return severity;
    case 'time':
      return showTime(timeUs);
  }
}
