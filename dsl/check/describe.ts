import type { RelatedPlace } from '../diagnostics.ts';
import type { Unit } from '../catalog/unit.ts';
import type { ValueType } from '../plan.ts';
import type { Checked } from './scope.ts';

/** Words for messages: what a value is. */
export function describe({ type, unit }: Pick<Checked, 'type' | 'unit'>): string {
  if (unit !== null) return `a value in ${unit.text}`;
  return DESCRIPTIONS[type];
}

const DESCRIPTIONS: Readonly<Record<ValueType, string>> = {
  float: 'a number',
  int: 'a number',
  bool: 'a condition',
  symbol: 'text',
  string: 'text',
  time: 'a time',
  duration: 'a duration',
  quality: 'a quality',
  severity: 'a severity',
};

/** The other place of two that disagree: where the field was declared, else the operand itself. */
export function placeOf(value: Checked): RelatedPlace {
  if (value.named === undefined) return { span: value.span, message: `this is ${describe(value)}` };
  const span = value.named.declaredAt ?? value.span;
  return { span, message: `\`${value.named.name}\` is ${describe(value)}` };
}

/** `85 degC`, `90%` */
export function quantityText(value: number, unit: Unit): string {
  return unit.text === '%' || unit.text === '‰' ? `${value}${unit.text}` : `${value} ${unit.text}`;
}
