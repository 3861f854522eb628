import { MISTAKEN_UNITS, OWN_UNITS, SPELLINGS } from './own-units.ts';
import { equals, multiply, ONE, power, type Rational, rational, ZERO } from './rational.ts';
import { nearestWord } from '../did-you-mean.ts';
import { PREFIXES, type TableUnit, UNITS } from './units.ts';

/**
 * A unit of measure. A value in base units is (value + offset) × scale. `kind` says how it is to be read (MEANING.md 33):
 *  - `point`: a place on a scale whose zero is arbitrary, as degC and degF;
 *  - `absolute`: K and degR, which are points where compared and differences where added;
 *  - `difference`: between two points, or what came of arithmetic with them;
 *  - `plain`: all others.
 */
export type Unit = {
  readonly text: string; // as people read it
  readonly kind: 'plain' | 'point' | 'absolute' | 'difference';
  readonly dimension: readonly number[];
  readonly scale: Rational;
  readonly offset: Rational; // not zero only of points
  readonly factors: readonly Factor[]; // what the text consists of
};

type Factor = {
  readonly text: string;
  readonly exponent: number;
  readonly scale: Rational;
  readonly dimension: readonly number[];
};

export type UnitError = { readonly error: string; readonly suggestion?: string };

/** `degC`, `mm/s`, `m^3/h`, `kg*m/s²`, `1/min`. Read from left to right: `J/kg/K`. */
export function parseUnit(text: string): Unit | UnitError {
  const parts = text.split(/([*·/])/);
  const factors: Factor[] = [];
  for (let i = 0; i < parts.length; i += 2) {
    const factor = parseFactor(parts[i]!, parts[i - 1] === '/' ? -1 : 1);
    if (factor === 'one') continue;
    if ('error' in factor) return withWholeText(factor, parts, i);
    factors.push(factor);
  }
  if (factors.length === 0 || computed(factors) === null) return { error: `\`${text}\` is not a unit` };
  return (parts.length === 1 && pointUnit(text)) || composed(factors, text);
}

export function isUnit(parsed: Unit | UnitError): parsed is Unit {
  return !('error' in parsed);
}

/** A unit that the compiler itself names. */
export function knownUnit(text: string): Unit {
  const unit = parseUnit(text);
  if (!isUnit(unit)) throw new RangeError(unit.error);
  return unit;
}

export function haveSameDimension(a: Unit, b: Unit): boolean {
  return Array.from({ length: DIMENSIONS }, (_, i) => a.dimension[i]! - b.dimension[i]!).every(rest => rest === 0);
}

/** The same unit read in the same way: nothing to convert. */
export function isSameUnit(a: Unit, b: Unit): boolean {
  return equals(a.scale, b.scale) && equals(a.offset, b.offset) && haveSameDimension(a, b);
}

/** Percent, ppm: a number in disguise. */
export function isRatio(unit: Unit): boolean {
  return unit.dimension.every(exponent => exponent === 0);
}

/** What a × b is in; dimensions that cancel leave a ratio. Null: of no sensible power. */
export function productUnit(a: Unit, b: Unit): Unit | null {
  return computed([...a.factors, ...b.factors]);
}

export function quotientUnit(a: Unit, b: Unit): Unit | null {
  return computed([...a.factors, ...b.factors.map(factor => raised(factor, -1))]);
}

export function powerUnit(unit: Unit, exponent: number): Unit | null {
  return computed(unit.factors.map(factor => raised(factor, exponent)));
}

/** Of `m^2/s^2` it is `m/s`; null where a root would leave half a metre. */
export function rootUnit(unit: Unit): Unit | null {
  return unit.factors.every(({ exponent }) => exponent % 2 === 0) ? powerUnit(unit, 0.5) : null;
}

/** What two values in this unit differ by: of degC it is K. */
export function differenceUnit(unit: Unit): Unit {
  if (unit.kind === 'plain' || unit.kind === 'difference') return unit;
  const text = unit.text === 'degC' || unit.text === '°C' ? 'K' : unit.text;
  return { ...unit, text, kind: 'difference', offset: ZERO };
}

const MAX_EXPONENT = 99; // what is squared over and over would outgrow memory
const DIMENSIONS = 10;
const TEMPERATURE = 4;

function parseFactor(text: string, sign: 1 | -1): Factor | 'one' | UnitError {
  if (text === '1') return 'one';
  const [, name, exponent] = /^(.*?)(?:\^?(-?[1-9]|⁻?[¹²³⁴])|)$/su.exec(text) ?? [];
  const whole = findUnit(text); // m3 and m2 are names
  if (whole !== undefined) return factorOf(text, whole, sign);
  const unit = name === undefined || exponent === undefined ? undefined : findUnit(name);
  if (unit === undefined) return unknownUnit(text);
  return factorOf(name!, unit, sign * exponentOf(exponent!));
}

function exponentOf(text: string): number {
  const superscript = '¹²³⁴'.indexOf(text.at(-1)!) + 1;
  return superscript === 0 ? Number(text) : text.startsWith('⁻') ? -superscript : superscript;
}

type FoundUnit = { readonly entry: TableUnit; readonly scale: Rational };

/** A name of ours, one of the table, or one of the table behind a prefix that it takes. */
function findUnit(spelled: string): FoundUnit | undefined {
  const name = SPELLINGS.reduce((text, [spelling, meant]) => text.replace(spelling, meant), spelled);
  const exact = entryOf(name);
  if (exact !== undefined) return { entry: exact, scale: rational(exact[1]) };
  for (let length = 1; length < name.length; length++) {
    const entry = entryOf(name.slice(length));
    const prefix = entry === undefined ? undefined : prefixOf(entry, name.slice(0, length));
    if (prefix !== undefined) return { entry: entry!, scale: multiply(rational(entry![1]), rational(prefix)) };
  }
  return undefined;
}

function entryOf(name: string): TableUnit | undefined {
  if (Object.hasOwn(OWN_UNITS, name)) return OWN_UNITS[name];
  return Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
}

/** A thousand of degC is not degC a thousand times: points take none. */
function prefixOf([, , offset, family]: TableUnit, prefix: string): string | undefined {
  const prefixes: Readonly<Record<string, string>> = PREFIXES[family];
  return offset === '0' && Object.hasOwn(prefixes, prefix) ? prefixes[prefix] : undefined;
}

function factorOf(text: string, { entry, scale }: FoundUnit, exponent: number): Factor {
  return raised({ text, exponent: 1, scale, dimension: dimensionOf(entry) }, exponent);
}

function raised(factor: Factor, by: number): Factor {
  return { ...factor, exponent: factor.exponent * by };
}

function dimensionOf([dimension]: TableUnit): readonly number[] {
  const exponents = dimension === '' ? [] : dimension.split(' ').map(Number);
  return Array.from({ length: DIMENSIONS }, (_, i) => exponents[i] ?? 0);
}

/** degC and degF alone are points, K and degR alone are both; within a composed unit all of them are differences. */
function pointUnit(text: string): Unit | undefined {
  const found = findUnit(text);
  if (found === undefined) return undefined;
  const unit = composed([factorOf(text, found, 1)], text);
  if (!isTemperature(unit.dimension)) return undefined;
  const offset = rational(found.entry[2]);
  return { ...unit, offset, kind: equals(offset, ZERO) ? 'absolute' : 'point' };
}

function computed(factors: readonly Factor[]): Unit | null {
  const merged = mergeFactors(factors);
  return merged.some(({ exponent }) => Math.abs(exponent) > MAX_EXPONENT) ? null : composed(merged);
}

function composed(factors: readonly Factor[], text?: string): Unit {
  const merged = mergeFactors(factors);
  const dimension = Array.from({ length: DIMENSIONS }, (_, i) =>
    merged.reduce((sum, factor) => sum + factor.dimension[i]! * factor.exponent, 0),
  );
  return {
    text: text ?? textOf(merged),
    kind: isTemperature(dimension) ? 'difference' : 'plain',
    dimension,
    scale: merged.reduce((product, factor) => multiply(product, power(factor.scale, factor.exponent)), ONE),
    offset: ZERO,
    factors: merged,
  };
}

function isTemperature(dimension: readonly number[]): boolean {
  return dimension.every((exponent, i) => exponent === (i === TEMPERATURE ? 1 : 0));
}

function mergeFactors(factors: readonly Factor[]): readonly Factor[] {
  const byText = new Map<string, Factor>();
  for (const factor of factors) {
    const exponent = (byText.get(factor.text)?.exponent ?? 0) + factor.exponent;
    byText.set(factor.text, { ...factor, exponent });
  }
  return [...byText.values()].filter(({ exponent }) => exponent !== 0);
}

/** `kg*m/s^2`; a difference of degC reads as K. */
function textOf(factors: readonly Factor[]): string {
  const above = factors.filter(({ exponent }) => exponent > 0).map(factorText);
  const below = factors.filter(({ exponent }) => exponent < 0).map(factorText);
  return [above.join('*') || '1', ...below].join('/');
}

function factorText({ text, exponent }: Factor): string {
  const name = text === 'degC' || text === '°C' ? 'K' : text;
  return Math.abs(exponent) === 1 ? name : `${name}^${Math.abs(exponent)}`;
}

function unknownUnit(text: string): UnitError {
  const error = text === '' ? 'a unit is missing beside `*` or `/`' : `\`${text}\` is not a unit`;
  const suggestion = suggestUnit(text);
  return suggestion === undefined ? { error } : { error, suggestion };
}

function suggestUnit(text: string): string | undefined {
  if (Object.hasOwn(MISTAKEN_UNITS, text)) return MISTAKEN_UNITS[text];
  const otherCase = caseVariants(text).find(variant => findUnit(variant) !== undefined);
  // One letter away from a name of one or two letters is everything.
  return (
    otherCase ??
    (text.length < 3
      ? undefined
      : nearestWord(text, [...Object.keys(OWN_UNITS), ...Object.keys(UNITS), ...COMMON_UNITS]))
  );
}

/** Read with prefixes, which the table has apart. */
const COMMON_UNITS = ['kW', 'kWh', 'MWh', 'kPa', 'mbar', 'mm', 'cm', 'km', 'kg', 'kHz', 'mA', 'mV', 'kV', 'kN', 'mL'];

function caseVariants(text: string): readonly string[] {
  const lower = text.toLowerCase();
  const known = [...COMMON_UNITS, ...Object.keys(OWN_UNITS), ...Object.keys(UNITS)];
  return [...known.filter(name => name.toLowerCase() === lower), lower];
}

/** `mm/sek` → `mm/s` only where the rest stands; the suggestion is for the unit as a whole. */
function withWholeText(error: UnitError, parts: readonly string[], at: number): UnitError {
  if (error.suggestion === undefined) return error;
  return { error: error.error, suggestion: parts.map((part, i) => (i === at ? error.suggestion : part)).join('') };
}
