import type { FieldOrigin, SourceField } from './plan.ts';

/** A field of a source as a rule file could declare it: `temp: float degC = $.t * 0.1 in -40..200`. */
export function describeField(field: SourceField): string {
  const origin = describeOrigin(field.from);
  const number = field.isNumberFromText ? `number(${origin})` : origin;
  const scaling = field.scaling.map(({ operator, by }) => ` ${operator} ${by}`).join('');
  const range = field.range === null ? '' : ` in ${field.range.low}..${field.range.high}`;
  const fallback = field.default === null ? '' : ` default ${JSON.stringify(field.default)}`;
  const use = field.isNeeded ? '' : ' (checked, not read)';
  return `${field.name}: ${describeType(field.type, field.unit)} = ${number}${scaling}${range}${fallback}${use}`;
}

function describeOrigin(from: FieldOrigin): string {
  switch (from.kind) {
    case 'path':
      return `$${from.path.map(segmentText).join('')}`;
    case 'subject':
      return `subject[${from.token}]`;
    case 'identity':
      return `identity.${from.part}`;
  }
}

export function describeType(type: string, unit: string | undefined): string {
  return unit === undefined ? type : `${type} ${unit}`;
}

function segmentText(segment: string | number): string {
  if (typeof segment === 'number') return `[${segment}]`;
  return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(segment) ? `.${segment}` : `[${JSON.stringify(segment)}]`;
}
