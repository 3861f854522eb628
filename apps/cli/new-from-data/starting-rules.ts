import type { Limits, Past } from './choose-limits.ts';
import { durationText } from './duration.ts';
import type { InferredField } from './infer-fields.ts';
import type { Findings } from './look-at-data.ts';
import type { Names } from './write-rules.ts';

type Chosen = { readonly field: InferredField; readonly limits: Limits; readonly past: Past };

export function limitRule({ key, sample }: Findings, { field, limits }: Chosen, names: Names): string {
  const quantity = (number: string): string => quantityText(number, field);
  const rows = `${sample.rows.toLocaleString('en')} rows`;
  return `// A starting point: ${field.name} is the first column of numbers that vary. ${percent(limits.mediumPart)} of ${rows} are below the first
// limit, all are below the second, ${percent(limits.clearPart)} are below where it clears. Put in what the machine's data sheet says,
// and \`for 30s\` behind a condition that a single reading should not meet.
rule ${names.limitRule} on ${names.stream} {
  medium when ${field.name} > ${quantity(limits.medium)}
  high when ${field.name} > ${quantity(limits.high)} for ${durationText(limits.forUs)}
  clear when ${field.name} < ${quantity(limits.clear)} for ${durationText(limits.clearForUs)}
  message "${whose(key.fields)}${field.name} is {${field.name}}"
}`;
}

export function pastRule({ key, pace }: Findings, { field, limits, past }: Chosen, names: Names): string {
  const range = durationText(past.rangeUs);
  const { name } = field;
  return `// Without a limit: far from its own last ${range}, four standard deviations, of which ordinary noise has one in some ten
// thousand readings. ${limits.step} is allowed on top, so that a value that stood still may flicker.
rule ${names.pastRule} on ${names.stream} {
  medium when abs(${name} - avg(${name}, ${range})) > 4 * stddev(${name}, ${range}) + ${quantityText(limits.step, field)} and count(${name}, ${range}) >= ${past.count}
  clear after ${durationText(10 * pace.intervalUs)}
  message "${whose(key.fields)}${name} is {${name}}, its average is {avg(${name}, ${range})}"
}`;
}

/** For a file without a column of numbers that vary: all that can be watched is that it goes on. */
export function missingReadingsRule({ key, pace }: Findings, names: Names): string {
  const least = leastReadings(pace);
  const count = countName(key.fields);
  return `// No column of numbers varies, so there is no limit to set: what can be watched is how many readings come.
rule ${names.missingRule} on ${names.series} {
  medium when ${count} < ${least}
  message "${whose(key.fields)}only {${count}} readings"
}`;
}

export function limitTest({ key, pace }: Findings, { limits, field }: Chosen, names: Names): string {
  const quietUs = 10 * pace.intervalUs;
  const highUs = limits.forUs + 5 * pace.intervalUs;
  const [quiet, high, after] = [quietUs, highUs, limits.clearForUs + quietUs].map(durationText);
  const alert = `${names.limitRule}${keyArguments(key.fields)}`;
  return `test "above the limits it rises, below them it clears" for ${names.limitRule} {
  feed ${names.stream}${keyValues(key.fields)} every ${durationText(pace.intervalUs)}
    ${field.name}: ${limits.usual} for ${quiet}, ${limits.above} for ${high}, ${limits.beyond} for ${high}, ${limits.usual} for ${after}
  expect ${alert} medium raised at ${quiet}
  expect ${alert} high level at ${durationText(quietUs + highUs + limits.forUs)}
  expect ${alert} cleared at ${durationText(quietUs + 2 * highUs + limits.clearForUs)}
}`;
}

export function pastTest({ key, pace }: Findings, { field, limits, past }: Chosen, names: Names): string {
  const { intervalUs } = pace;
  const quiet = durationText(Math.ceil(past.rangeUs / intervalUs) * intervalUs); // the leap is at a reading
  const alert = `${names.pastRule}${keyArguments(key.fields)}`;
  return `test "a leap is unusual, what it was before is not" for ${names.pastRule} {
  feed ${names.stream}${keyValues(key.fields)} every ${durationText(intervalUs)}
    ${field.name}: ${limits.usual} for ${quiet}, ${limits.beyond} for ${durationText(5 * intervalUs)}, ${limits.usual} for ${durationText(20 * intervalUs)}
  expect no ${alert} before ${quiet}
  expect ${alert} medium raised at ${quiet}
  expect ${alert} cleared
}`;
}

export function missingReadingsTest({ key, pace }: Findings, names: Names): string {
  const feed = `feed ${names.stream}${keyValues(key.fields)}`;
  return `test "one reading is too few" for ${names.missingRule} {
  ${feed} at 0s
  ${feed} at ${durationText(2 * pace.windowUs)}
  expect ${names.missingRule}${keyArguments(key.fields)} medium raised
}`;
}

function leastReadings({ windowUs, intervalUs }: Findings['pace']): number {
  return Math.max(Math.floor(windowUs / intervalUs / 2), 2);
}

export function countName(keys: readonly InferredField[]): string {
  return keys.some(field => field.name === 'n') ? 'readings' : 'n';
}

function percent(part: number): string {
  return `${Number((part * 100).toFixed(1))} %`;
}

function quantityText(number: string, { unit }: InferredField): string {
  return unit === null ? number : `${number} ${unit}`;
}

/** `{site} {device}: ` in a message. */
function whose(keys: readonly InferredField[]): string {
  return keys.length === 0 ? '' : `${keys.map(field => `{${field.name}}`).join(' ')}: `;
}

function keyArguments(keys: readonly InferredField[]): string {
  return keys.length === 0 ? '' : `(${keys.map(keyValue).join(', ')})`;
}

function keyValues(keys: readonly InferredField[]): string {
  return ` { ${keys.map(field => `${field.name}: ${keyValue(field)}`).join(', ')} }`.replace(' {  }', '');
}

function keyValue({ type }: InferredField): string {
  return type === 'int' ? '1' : '"a"';
}
