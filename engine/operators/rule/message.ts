import type { RuleNode, Severity, Template } from '../../../dsl/plan.ts';
import type { Scalar } from '../../batch.ts';
import { showTime, showValue } from './show.ts';

/** What a message can speak of. */
export type MessageContext = {
  readonly key: Readonly<Record<string, Scalar>>;
  readonly values: Readonly<Record<string, Scalar>>;
  readonly severity: Severity;
  readonly timeUs: number;
};

/**
 * The text of a rule's alerts. A hole is a value of the row, else a field of the key, else `severity`, `rule` or
 * `time`; what is none of them shows as null.
 */
export function createMessage(node: RuleNode, keyFields: readonly string[]): (context: MessageContext) => string {
  const template = node.message ?? defaultTemplate(node, keyFields);
  const parts = template.map(part => (typeof part === 'string' ? () => part : createHole(part.value, node, keyFields)));
  return context => {
    let text = '';
    for (const part of parts) text += part(context);
    return text;
  };
}

/** `overheating m1: high, temp 90.2 degC, state running` */
function defaultTemplate(node: RuleNode, keyFields: readonly string[]): Template {
  const key = keyFields.flatMap(field => [' ', { value: field }]);
  const values = node.values
    .filter(value => !keyFields.includes(value.name))
    .flatMap(value => [`, ${value.name} `, { value: value.name }]);
  return [node.name, ...key, ': ', { value: 'severity' }, ...values];
}

function createHole(name: string, node: RuleNode, keyFields: readonly string[]): (context: MessageContext) => string {
  const field = node.values.find(value => value.name === name);
  if (field !== undefined) return context => showValue(context.values[name]!, field);
  if (keyFields.includes(name)) return context => showValue(context.key[name]!, undefined);
  if (name === 'severity') return context => context.severity;
  if (name === 'rule') return () => node.name;
  if (name === 'time') return context => showTime(context.timeUs);
  return () => showValue(null, undefined);
}
