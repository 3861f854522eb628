import { numberOf } from '../../../connectors/file/cell.ts';
import type { InferredField } from './infer-fields.ts';
import type { Pace } from './infer-pace.ts';
import { MS_US, roundUpUs } from './duration.ts';

/** A column worth a rule. */
export type Measured = {
  readonly field: InferredField;
  readonly sorted: readonly number[]; // its values in the sample
};

/** Limits as they are written; all are multiples of `step`, so that they print as they compare. */
export type Limits = {
  readonly step: string;
  readonly usual: string; // well below `clear`
  readonly clear: string;
  readonly medium: string;
  readonly above: string; // above `medium`, below `high`
  readonly high: string;
  readonly beyond: string; // well above `high`
  readonly mediumPart: number; // of the sample below `medium`, 0..1
  readonly clearPart: number; // below `clear`
  readonly forUs: number; // for `high`
  readonly clearForUs: number;
};

/** Of the past that a reading is compared with. */
export type Past = { readonly rangeUs: number; readonly count: number };

/**
 * Columns of numbers that vary; neither labels, constants and numbers of rows, nor what may be a key. Counters only where
 * there is nothing else.
 */
export function measuredFields(fields: readonly InferredField[], keys: readonly InferredField[]): Measured[] {
  const varying = fields
    .filter(field => (field.type === 'float' || field.type === 'int') && !field.isFlag && !keys.includes(field))
    .filter(field => !NUMBERING.test(field.column.path.at(-1)!))
    .map(field => ({ field, values: field.column.cells.map(numberOf).filter(Number.isFinite) }))
    .filter(({ values }) => new Set(values).size >= 3);
  const measured = varying.filter(({ values }) => !isCounter(values));
  return (measured.length > 0 ? measured : varying)
    .map(({ field, values }) => ({ field, sorted: values.toSorted((a, b) => a - b) }))
    .sort((a, b) => Number(a.field.type === 'int') - Number(b.field.type === 'int')); // codes last; stable
}

/**
 * Above 99.9 % of the sample (at least five rows should be above) is medium, above all of it high; back below 99 % it is
 * over.
 */
export function chooseLimits({ field, sorted }: Measured, { intervalUs }: Pick<Pace, 'intervalUs'>): Limits {
  const least = sorted[0]!;
  const most = sorted.at(-1)!;
  const roundStep = 10 ** Math.floor(Math.log10(most - least) - 1.5);
  const step = field.type === 'int' ? Math.max(roundStep, 1) : roundStep;
  const mediumPart = 1 - Math.min(Math.max(0.001, 5 / sorted.length), 0.05);
  const clearPart = Math.max(1 - 10 * (1 - mediumPart), 0.9);
  const medium = Math.ceil(quantile(sorted, mediumPart) / step);
  const clear = Math.min(Math.floor(quantile(sorted, clearPart) / step), medium - 1);
  const high = Math.max(Math.ceil((most + 0.1 * (most - least)) / step), medium + 2);
  const text = (steps: number): string => stepsText(steps, step);
  return {
    step: text(1),
    usual: text(clear - 5),
    clear: text(clear),
    medium: text(medium),
    above: text(medium + 1),
    high: text(high),
    beyond: text(high + 5),
    mediumPart,
    clearPart,
    forUs: 2 * intervalUs,
    clearForUs: 10 * intervalUs,
  };
}

/** About 120 readings, and no more than the recording has. */
export function choosePast({ intervalUs, spanUs }: Pick<Pace, 'intervalUs' | 'spanUs'>): Past {
  const fromSpanUs = spanUs / 4 > 60 * intervalUs ? spanUs / 4 : 60 * intervalUs;
  const rangeUs = roundUpUs(Math.max(Math.min(120 * intervalUs, fromSpanUs), 10 * MS_US));
  return { rangeUs, count: Math.max(Math.floor(rangeUs / intervalUs / 2), 30) };
}

function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(Math.floor(sorted.length * part), sorted.length - 1)]!;
}

/** So many steps, as a plain decimal: 0.30000000000000004 is no limit that anybody would write. */
function stepsText(steps: number, step: number): string {
  const places = Math.max(-Math.round(Math.log10(step)), 0);
  const value = steps * step;
  return Math.abs(value) < 1e15 && places <= 15
    ? value
        .toFixed(places)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, '')
    : String(value).replace('e+', 'e');
}

function isCounter(values: readonly number[]): boolean {
  return values.length >= 10 && values.every((value, index) => index === 0 || value > values[index - 1]!);
}

const NUMBERING = /^(id|index|idx|row|nr|no|seq|sequence|number|unnamed.*)$|_id$|Id$|_index$/i;
