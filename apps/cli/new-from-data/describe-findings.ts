import { durationText } from './duration.ts';
import type { InferredField } from './infer-fields.ts';
import type { Findings } from './look-at-data.ts';

/** What was found in the file, for the person who named it. */
export function describeFindings(findings: Findings, path: string): string {
  const { sample, time, key, fields, leftOut, pace } = findings;
  const separator =
    sample.separator === null || sample.separator === ',' ? '' : `, ${shown(sample.separator)} between columns`;
  const rows = `${sample.isWhole ? '' : 'the first '}${sample.rows.toLocaleString('en')} rows`;
  const unreadable = sample.unreadableRows === 0 ? '' : `, ${sample.unreadableRows} unreadable`;
  const every = pace.isIntervalKnown ? `, a reading every ${durationText(pace.intervalUs)}` : '';
  const lateness = pace.latenessUs === 0 ? 'in order' : `up to ${durationText(pace.latenessUs)} out of order`;
  const values = fields.filter(field => !key.fields.includes(field));
  return [
    `Read ${rows} of ${path} (${sample.format}${separator}${unreadable}):`,
    `  time    ${time.column.path.join('.')} as ${time.format}${every}, ${lateness}`,
    `  key     ${key.fields.length === 0 ? 'none: all rows are of one machine' : `${key.fields.map(nameOf).join(', ')} (${key.count} in the sample)`}`,
    ...(values.length === 0 ? [] : [`  fields  ${values.map(described).join(', ')}`]),
    ...leftOut.map(({ column, reason }) => `  without ${column}: ${reason}`),
    '',
  ].join('\n');
}

function described({ name, type, unit }: InferredField): string {
  return `${name} ${unit ?? type}`;
}

function nameOf({ name }: InferredField): string {
  return name;
}

function shown(separator: string): string {
  return separator === '\t' ? 'tabs' : `\`${separator}\``;
}
