import type { FieldMember, Identifier, SettingMember, StreamStatement, TimeMember, UniqueMember } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import type { FieldOrigin, SourceTime } from '../plan.ts';
import type { ConnectorWords } from './connectors.ts';
import type { Context } from './context.ts';
import { sourceDelay } from './delay.ts';
import { hintFor } from '../did-you-mean.ts';
import { type CheckedField, checkField } from './field.ts';
import type { SourceStream } from './program.ts';
import { directoryOf } from './directory.ts';
import { error, type Report } from './report.ts';
import type { SchemaField, StreamSchema } from './schema.ts';
import { checkUnique } from './unique.ts';

/**
 * `stream motor from nats "…" json { … }`. After a report it is what the rest of the file can be checked against; null
 * only where the key is wrong.
 */
export function checkSourceStream(statement: StreamStatement, context: Context): SourceStream | null {
  const { report } = context;
  checkConnector(statement, context);
  const fields: CheckedField[] = [];
  const faulty = new Set<string>();
  let isKeyWhole = true;
  for (const member of uniqueFields(statement, report)) {
    const field = checkField(member, context);
    if (field !== null) fields.push(field);
    else if (member.isKey) isKeyWhole = false;
    else faulty.add(member.name.name);
  }
  checkOneQuality(statement, report);
  const time = checkTime(statement, report);
  const settings = checkSettings(statement, report);
  const member = uniqueOf(statement, report);
  if (!isKeyWhole) return null;
  const schema = schemaOf(statement, { fields, faulty, settings });
  const hasTime = statement.members.some(({ kind }) => kind === 'time');
  const unique = member && checkUnique(member, { schema, hasTime }, report);
  return {
    kind: 'source',
    schema,
    source: {
      connector: statement.connector.name,
      address: statement.address.value,
      directory: directoryOf(statement.span.file),
      codec: statement.codec?.name ?? null,
      key: keyOf(statement),
      fields: fields.map(field => field.field),
      time,
      ...settings,
      ...(unique === null ? {} : { unique }),
    },
  };
}

function checkConnector({ connector, codec }: StreamStatement, { words, report }: Context): void {
  const known = Object.keys(words.connectors).filter(name => words.connectors[name]!.isSource);
  const isKnown = known.includes(connector.name);
  if (!isKnown) {
    const hint = hintFor(connector.name, known, 'connectors');
    report(error('MR2534', connector.span, `nothing can be read from \`${connector.name}\``, { hint }));
  }
  if (codec === null) return;
  if (words.codecs.includes(codec.name)) {
    if (isKnown) checkCodecOf(connector.name, words.connectors[connector.name]!, codec, report);
    return;
  }
  const hint = hintFor(codec.name, words.codecs, 'codecs');
  report(error('MR2535', codec.span, `there is no codec \`${codec.name}\``, { hint }));
}

function checkCodecOf(connector: string, { codecs }: ConnectorWords, codec: Identifier, report: Report): void {
  if (codecs.includes(codec.name)) return;
  const hint =
    codecs.length === 0 ? 'leave it out' : `write ${codecs.map(word => `\`${word}\``).join(', ')}, or nothing`;
  report(error('MR2537', codec.span, `\`${connector}\` is not read as \`${codec.name}\``, { hint }));
}

function uniqueFields({ members }: StreamStatement, report: Report): FieldMember[] {
  const byName = new Map<string, FieldMember>();
  for (const member of members) {
    if (member.kind !== 'field') continue;
    const first = byName.get(member.name.name);
    if (first === undefined) {
      byName.set(member.name.name, member);
    } else {
      const related = [{ span: first.name.span, message: 'the first one' }];
      report(error('MR2521', member.name.span, `the field \`${member.name.name}\` is declared twice`, { related }));
    }
  }
  return [...byName.values()];
}

function checkOneQuality({ members }: StreamStatement, report: Report): void {
  const [first, second] = members.filter(member => member.kind === 'field' && member.type.name === 'quality');
  if (first === undefined || second === undefined) return;
  const related = [{ span: first.span, message: 'the first one' }];
  const hint = 'one field says whether a reading is good; declare the other one as symbol';
  report(error('MR2529', second.span, 'a stream has one quality', { related, hint }));
}

/** Null where the time of arrival is meant, and after a report. */
function checkTime({ members }: StreamStatement, report: Report): SourceTime | null {
  const [first, second] = members.filter(member => member.kind === 'time');
  if (second !== undefined) reportTwice(first!.span, second.span, '`time`', report);
  if (first === undefined) return null;
  const format = timeFormat(first, report);
  return format === null ? null : { from: timeOrigin(first), format };
}

function timeOrigin({ value }: TimeMember): FieldOrigin {
  return { kind: 'path', path: value.kind === 'path' ? value.segments : value.kind === 'name' ? [value.name] : [] };
}

const TIME_FORMATS = ['s', 'ms', 'us', 'ns', 'iso'] as const;

/** Without a word it is text as ISO 8601 has it, since a bare number could be any of the others. */
function timeFormat({ format }: TimeMember, report: Report): SourceTime['format'] | null {
  if (format === null) return 'iso';
  const known = TIME_FORMATS.find(word => word === format.name);
  if (known !== undefined) return known;
  const hint = hintFor(format.name, TIME_FORMATS, 'formats');
  report(error('MR2531', format.span, `there is no time format \`${format.name}\``, { hint }));
  return null;
}

type Settings = {
  latenessUs: number;
  idleUs: number | null;
  staleUs?: number;
  futureUs: number | null;
  expireUs: number | null;
};

function checkSettings({ members }: StreamStatement, report: Report): Settings {
  const settings: Settings = { latenessUs: 0, idleUs: 30_000_000, futureUs: null, expireUs: null };
  const seen = new Map<string, SettingMember>();
  for (const member of members) {
    if (member.kind !== 'setting') continue;
    const name = member.name.name;
    const first = seen.get(name);
    if (first !== undefined) reportTwice(first.span, member.span, `\`${name}\``, report);
    else seen.set(name, member);
    applySetting(member, settings);
  }
  // Readings may be further apart than the default: silence says something where somebody has said how long it is.
  const { idleUs } = settings;
  if (seen.has('idle') && idleUs !== null && idleUs > 0) settings.staleUs = idleUs;
  return settings;
}

function applySetting({ name, value }: SettingMember, settings: Settings): void {
  const us = value === 'never' ? null : value.us;
  if (name.name === 'idle') settings.idleUs = us;
  if (name.name === 'lateness' && us !== null) settings.latenessUs = us;
  if (name.name === 'future') settings.futureUs = us;
  if (name.name === 'expire') settings.expireUs = us;
}

function uniqueOf({ members }: StreamStatement, report: Report): UniqueMember | null {
  const [first, second] = members.filter(member => member.kind === 'unique');
  if (second !== undefined) reportTwice(first!.span, second.span, '`unique`', report);
  return first ?? null;
}

function reportTwice(first: Span, second: Span, what: string, report: Report): void {
  report(error('MR2532', second, `${what} is said twice`, { related: [{ span: first, message: 'the first one' }] }));
}

function keyOf({ members }: StreamStatement): string[] {
  const keys = members.flatMap(member => (member.kind === 'field' && member.isKey ? [member.name.name] : []));
  return [...new Set(keys)];
}

function schemaOf(
  statement: StreamStatement,
  {
    fields,
    faulty,
    settings,
  }: { readonly fields: readonly CheckedField[]; readonly faulty: ReadonlySet<string>; readonly settings: Settings },
): StreamSchema {
  const spans = new Map<string, Span>();
  const timeNames: string[] = [];
  for (const member of statement.members) {
    if (member.kind === 'field' && !spans.has(member.name.name)) spans.set(member.name.name, member.name.span);
    if (member.kind === 'time' && member.value.kind === 'name') timeNames.push(member.value.name);
  }
  const schemaFields = new Map<string, SchemaField>();
  for (const { field, unit } of fields) {
    const { name, type } = field;
    schemaFields.set(name, { name, type, unit, declaredAt: spans.get(name) ?? null });
  }
  return {
    name: statement.name.name,
    fields: schemaFields,
    key: keyOf(statement),
    faulty,
    timeNames,
    isSource: true,
    endless: null,
    delay: sourceDelay(settings),
    hasRevision: false,
  };
}
