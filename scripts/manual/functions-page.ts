import { join } from 'node:path';
import { AGGREGATES, type Aggregate } from '../../dsl/catalog/aggregates.ts';
import { BEARING_FUNCTIONS } from '../../dsl/catalog/bearing-functions.ts';
import { CALENDAR_FUNCTIONS } from '../../dsl/catalog/calendar-functions.ts';
import { DETECTORS } from '../../dsl/catalog/detectors.ts';
import { FORECASTS, type ForecastFunction } from '../../dsl/catalog/forecasts.ts';
import { OTHER_NAMES } from '../../dsl/catalog/functions.ts';
import { HISTORY_FUNCTIONS } from '../../dsl/catalog/history-functions.ts';
import { MATH_FUNCTIONS } from '../../dsl/catalog/math-functions.ts';
import type { ScalarFunction } from '../../dsl/catalog/scalar-function.ts';
import { type Parameter, signatureText } from '../../dsl/catalog/signature.ts';
import { SHAPE_FUNCTIONS } from '../../dsl/catalog/shape-functions.ts';
import { TEXT_FUNCTIONS } from '../../dsl/catalog/text-functions.ts';
import { describeDuration } from '../../dsl/describe-expression.ts';

export const FUNCTIONS_PAGE = join(import.meta.dirname, '../../docs/language/functions.md');

/** The page of all functions: the catalog's own words, and the examples that its tests run. */
export function functionsPage(): string {
  return [
    '# Functions',
    '',
    '*Which functions are there?* These, with the examples that the tests run. The page is made from `dsl/catalog` by',
    '`npm run docs`. What units do in them: [units](units.md); types: [expressions](expressions.md).',
    '',
    ...section('Numbers', MATH_FUNCTIONS),
    ...section('Time and date', CALENDAR_FUNCTIONS),
    ...section('Text', TEXT_FUNCTIONS),
    ...section('Bearings', BEARING_FUNCTIONS),
    'With `spectral`: [frequencies of faults](detectors.md#bearings-and-gears). From',
    'Randall & Antoni 2011, *Rolling element bearing diagnostics: a tutorial*.',
    '',
    '## Over many values',
    '',
    'Over a window, or with a [range](range.md) behind their arguments: `avg(x, 1h)`. How each counts and what it costs:',
    '[aggregates](aggregates.md).',
    '',
    ...table(['function', 'is', 'example, of values one second apart'], aggregateRows()),
    '## Looking back',
    '',
    'Over what the same key said before: [looking back](history.md).',
    '',
    ...table(['function', 'is'], historyRows()),
    'Of the readings of a key: values that are there and good. A range is `3 events` or `30s`.',
    '',
    ...table(['function', 'is', 'example, of readings one second apart'], shapeRows()),
    '## Detectors',
    '',
    'How unusual a reading is by those of its key before it: [detectors](detectors.md). `range` is `1h` or `100 events`. Behind all else `adapt 7d` may',
    'stand, save where a detector has nothing to learn.',
    '',
    ...table(['function', 'is', 'says nothing before', 'published'], detectorRows()),
    '## Forecasts',
    '',
    'Where readings of a key go, by how they have gone: [forecasts](forecasts.md). `range`, as `1h` or `100 events`, says how far back is looked; behind',
    'all else of a forecast `season 1d` may stand.',
    '',
    ...table(['function', 'is', 'example, of readings one second apart'], forecastRows()),
    '## Names from elsewhere',
    '',
    ...table(['elsewhere', 'here'], otherNames()),
  ].join('\n');
}

type Row = readonly string[];

function section(title: string, functions: Readonly<Record<string, ScalarFunction>>): string[] {
  const rows = Object.entries(functions).map(([name, { doc, parameters, examples }]) => {
    const shown = examples.map(([call, gives]) => `${code(call)} is ${code(JSON.stringify(gives))}`);
    return [signature(name, parameters), doc, shown.join(', ')];
  });
  return [`## ${title}`, '', ...table(['function', 'is', 'example'], rows)];
}

function table(header: Row, rows: readonly Row[]): string[] {
  const written = [header, header.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`);
  return [...written, ''];
}

const MOST_VALUES = 8; // of an example that is read at a glance

function aggregateRows(): Row[] {
  return Object.entries(AGGREGATES).map(([name, aggregate]) => {
    const { doc, parameters, examples } = aggregate;
    const [example] = examples;
    const isShort = example!.over.length <= MOST_VALUES;
    return [signature(name, parameters), doc, isShort ? exampleText(name, aggregate, example!) : ''];
  });
}

function exampleText(
  name: string,
  { parameters, result }: Aggregate,
  { over, parameter, gives }: Aggregate['examples'][number],
): string {
  const constant = parameters.find(({ isConstant }) => isConstant);
  const given = constant === undefined ? '' : ` with ${constant.name} ${shown(parameter, constant.accepts)}`;
  const values = over.map(value =>
    Array.isArray(value) ? `(${value.map(part => shown(part)).join(', ')})` : shown(value),
  );
  return `${code(name)}${given} of ${values.join(', ')} is ${code(shown(gives, result.type))}`;
}

function shown(value: unknown, type?: string): string {
  return type === 'duration' && typeof value === 'number' ? describeDuration(value) : JSON.stringify(value);
}

function historyRows(): Row[] {
  return Object.entries(HISTORY_FUNCTIONS).map(([name, { doc, parameters }]) => [signature(name, parameters), doc]);
}

function shapeRows(): Row[] {
  return Object.entries(SHAPE_FUNCTIONS).map(([name, { doc, takes, examples }]) => {
    const texts = examples.map(({ call, over, gives }) => `${code(call)} of ${listed(over)} is ${listed(gives)}`);
    return [code(`${name}(${takes.join(', ')})`), doc, texts.join('; ')];
  });
}

function detectorRows(): Row[] {
  return Object.entries(DETECTORS).map(([name, { doc, source, warmUp, parameters, hasRange }]) => {
    const all = hasRange ? [...parameters, RANGE] : parameters;
    const text = signatureText(
      name,
      all.map(({ isRepeated: _, ...parameter }) => parameter),
    );
    const written = parameters.some(({ isRepeated }) => isRepeated)
      ? text.replace(/(\w+)(, range)?\)$/, '$1, …$2)')
      : text;
    return [code(written), doc, warmUp, source];
  });
}

const RANGE: Parameter = { name: 'range', accepts: 'any' };

function forecastRows(): Row[] {
  return Object.entries<ForecastFunction>(FORECASTS).map(([name, { doc, parameters, result, examples }]) => {
    const texts = examples.map(
      ({ call, over, gives }) => `${code(call)} of ${listed(over)} is ${code(shown(gives, result))}`,
    );
    return [signature(name, [...parameters, { ...RANGE, isOptional: true }]), doc, texts.join('; ')];
  });
}

function listed(values: readonly unknown[]): string {
  return values.map(value => shown(value)).join(', ');
}

function otherNames(): Row[] {
  return Object.entries(OTHER_NAMES).map(([name, here]) => [code(name), here.includes('`') ? here : code(here)]);
}

function signature(name: string, parameters: readonly Parameter[]): string {
  return code(signatureText(name, parameters));
}

/** A bar would end the cell. */
function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``;
}
