import { format } from '../../../dsl/format.ts';
import { parse } from '../../../dsl/parse.ts';
import { durationText } from './duration.ts';
import { freeName, snakeCase } from './field-name.ts';
import type { InferredField } from './infer-fields.ts';
import type { Findings } from './look-at-data.ts';
import {
  countName,
  limitRule,
  limitTest,
  missingReadingsRule,
  missingReadingsTest,
  pastRule,
  pastTest,
} from './starting-rules.ts';

/** The names that the written statements use of each other. */
export type Names = {
  readonly stream: string;
  readonly series: string;
  readonly limitRule: string;
  readonly pastRule: string;
  readonly missingRule: string;
};

/** The rule file for these readings, as `fmt` would write it. `address` is relative to the file's folder. */
export function writeRules(findings: Findings, { address }: { readonly address: string }): string {
  const names = namesOf(findings, address);
  const statements = [streamText(findings, names, address), seriesText(findings, names)];
  if (findings.chosen === null) {
    statements.push(missingReadingsRule(findings, names), missingReadingsTest(findings, names));
  } else {
    const { chosen } = findings;
    statements.push(limitRule(findings, chosen, names), pastRule(findings, chosen, names));
    statements.push(limitTest(findings, chosen, names), pastTest(findings, chosen, names));
  }
  const text = `${statements.join('\n\n')}\n`;
  const { file, diagnostics } = parse(text, 'rules.mill');
  if (file === null) throw new Error(`what was written does not parse: ${diagnostics[0]!.message}\n${text}`);
  return format(file, text);
}

function namesOf({ chosen, pace }: Findings, address: string): Names {
  const base = snakeCase(address.replace(/^.*[\\/]/, '').replace(/(\.[A-Za-z]+)+$/, ''));
  const taken = new Set<string>();
  const stream = freeName(/^_\d/.test(base) || base === 'field' ? 'readings' : base, taken);
  const field = chosen?.field.name ?? stream;
  return {
    stream,
    series: freeName(`${stream}_${durationText(pace.windowUs)}`, taken),
    limitRule: freeName(`${field}_high`, taken),
    pastRule: freeName(`${field}_unusual`, taken),
    missingRule: freeName(`${stream}_missing`, taken),
  };
}

function streamText(findings: Findings, names: Names, address: string): string {
  const { fields, key, sample, leftOut } = findings;
  const rows = `${sample.isWhole ? 'all' : 'the first'} ${sample.rows.toLocaleString('en')} rows`;
  const hasBare = fields.some(field => field.type === 'float' && field.unit === null);
  const ordered = [...key.fields, ...fields.filter(field => !key.fields.includes(field))];
  const lines = [
    `// Written by \`millrace new --data\` from ${rows} of the file: a starting point, to be changed.`,
    ...(hasBare
      ? ['// A unit goes behind the type, as in `temp: float degC`; then limits have one, too, and are checked.']
      : []),
    ...(key.fields.length === 0
      ? ['// All readings belong to one machine, as it seems; a column that tells machines apart is marked `key`.']
      : []),
    `stream ${names.stream} from file ${JSON.stringify(address)} {`,
    ...ordered.map(field => fieldText(field, key.fields.includes(field))),
    timeText(findings),
    ...settingTexts(findings),
    ...leftOut.map(({ column, reason }) => `  // left out: ${oneLine(column)}; ${reason}`),
    '}',
  ];
  return lines.join('\n');
}

function fieldText(field: InferredField, isKey: boolean): string {
  const { name, type, unit, column, isNumberFromText, remark } = field;
  const isOwnName = column.path.length === 1 && column.path[0] === name;
  const path = pathText(column.path);
  const value =
    isNumberFromText && (type === 'float' || type === 'int') ? ` = number(${path})` : isOwnName ? '' : ` = ${path}`;
  const comment = remark === null ? '' : `  // ${oneLine(remark)}`;
  return `  ${isKey ? 'key ' : ''}${name}: ${type}${unit === null ? '' : ` ${unit}`}${value}${comment}`;
}

function timeText({ time }: Findings): string {
  const [column] = time.column.path;
  const isPlain = time.column.path.length === 1 && isWord(column!) && !/^(as|true|false|null|case|not)$/.test(column!);
  const remark = time.isRelative ? '  // it counts from the start of the recording, so this starts in 1970' : '';
  return `  time ${isPlain ? column : pathText(time.column.path)} as ${time.format}${remark}`;
}

function settingTexts({ pace, sample }: Findings): string[] {
  const { latenessUs, lateRows, idleUs } = pace;
  const more = lateRows === 0 ? '' : `; ${lateRows} of ${sample.rows.toLocaleString('en')} rows come later still`;
  const order = latenessUs === 0 ? 'the sample is in order of time' : `so far out of order is the sample${more}`;
  return [
    `  lateness ${durationText(latenessUs)}  // ${order}`,
    `  idle ${durationText(idleUs)}  // who is silent for longer holds up no result`,
  ];
}

function seriesText({ key, measured, pace }: Findings, { stream, series }: Names): string {
  const size = durationText(pace.windowUs);
  const taken = new Set([...key.fields.map(field => field.name), 'n', 'time', 'until']);
  const aggregates = measured
    .slice(0, MAX_AVERAGED)
    .flatMap(({ field: { name } }) => [
      `avg(${name}) as ${freeName(`${name}_avg`, taken)}`,
      `max(${name}) as ${freeName(`${name}_max`, taken)}`,
    ]);
  const count = `count() as ${countName(key.fields)}`;
  return [
    `// Over ${size} each; \`millrace run rules.mill --print ${series}\` shows the rows.`,
    `stream ${series} = from ${stream} window tumbling ${size} select ${[...aggregates, count].join(', ')}`,
  ].join('\n');
}

function pathText(path: readonly string[]): string {
  return `$${path.map(part => (isWord(part) ? `.${part}` : `[${JSON.stringify(part)}]`)).join('')}`;
}

function isWord(text: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(text);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

const MAX_AVERAGED = 3;
