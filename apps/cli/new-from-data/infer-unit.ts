import { MISTAKEN_UNITS } from '../../../dsl/catalog/own-units.ts';
import { isUnit, parseUnit } from '../../../dsl/catalog/unit.ts';
import { snakeCase } from './field-name.ts';

export type NamedUnit = { readonly name: string; readonly unit: string | null };

/** The unit that a column's header says plainly, and what is left of the name: `Pressure [bar]`, `temp_degC`. */
export function inferUnit(header: string): NamedUnit {
  const bracketed = /^(.*\S)\s*[([{]\s*([^()[\]{}]+?)\s*[)\]}]\s*$/.exec(header);
  if (bracketed !== null) {
    const [, name, text] = bracketed;
    const unit = unitOf(text!, name!);
    return unit === null ? { name: header, unit } : { name: name!, unit };
  }
  const words = snakeCase(header);
  const found = SUFFIXES.find(([suffix]) => words.endsWith(`_${suffix}`));
  if (found === undefined) return { name: header, unit: null };
  const [suffix, unit] = found;
  return { name: words.slice(0, -suffix.length - 1), unit };
}

function unitOf(text: string, name: string): string | null {
  const isTemperature = /temp/i.test(name);
  if (isTemperature && /^(°\s*)?c$|^celsius$|^deg\.?\s?c$/i.test(text)) return 'degC';
  if (isTemperature && /^(°\s*)?f$|^fahrenheit$|^deg\.?\s?f$/i.test(text)) return 'degF';
  if (AMBIGUOUS.has(text)) return null;
  const spelled = text.replace(/\s+/g, '').replace(/^°([CF])$/, 'deg$1');
  const unit = Object.hasOwn(MISTAKEN_UNITS, spelled) ? MISTAKEN_UNITS[spelled]! : spelled;
  return WRITABLE.test(unit) && isUnit(parseUnit(unit)) ? unit : null;
}

/** In brackets they are more often something else: least, coulomb, farad, inch, the standard gravity. */
const AMBIGUOUS: ReadonlySet<string> = new Set(['min', 'C', 'F', 'in', 'g', 'd', 'h', 'm', 'a', 'b', 'S', 'T', 'avg']);

/** What the grammar takes for a unit. */
const PART = '[A-Za-z°µμΩÅ%][A-Za-z0-9_°µμΩ%]*(?:\\^-?[0-9]+|[²³]+)?';
const WRITABLE = new RegExp(`^${PART}(?:[/*·]${PART})*$`, 'u');

/** Behind the last words of a name; single letters and words such as `min` mean too many things. Longer ones first. */
const SUFFIXES: readonly (readonly [suffix: string, unit: string])[] = [
  ['m3_per_h', 'm^3/h'],
  ['l_per_min', 'L/min'],
  ['mm_per_s', 'mm/s'],
  ['m_per_s', 'm/s'],
  ['m3_h', 'm^3/h'],
  ['l_min', 'L/min'],
  ['mm_s', 'mm/s'],
  ['m_s2', 'm/s^2'],
  ['m_s', 'm/s'],
  ['km_h', 'km/h'],
  ['kmh', 'km/h'],
  ['deg_c', 'degC'],
  ['degc', 'degC'],
  ['celsius', 'degC'],
  ['deg_f', 'degF'],
  ['degf', 'degF'],
  ['fahrenheit', 'degF'],
  ['kelvin', 'K'],
  ['percent', '%'],
  ['pct', '%'],
  ['mbar', 'mbar'],
  ['bar', 'bar'],
  ['k_pa', 'kPa'],
  ['kpa', 'kPa'],
  ['mpa', 'MPa'],
  ['hpa', 'hPa'],
  ['psi', 'psi'],
  ['rpm', 'rpm'],
  ['kwh', 'kWh'],
  ['mwh', 'MWh'],
  ['kw', 'kW'],
  ['khz', 'kHz'],
  ['hz', 'Hz'],
  ['kv', 'kV'],
  ['ppm', 'ppm'],
  ['mm', 'mm'],
  ['cm', 'cm'],
  ['km', 'km'],
  ['kg', 'kg'],
  ['kn', 'kN'],
  ['ms', 'ms'],
  ['volts', 'V'],
  ['volt', 'V'],
  ['amps', 'A'],
  ['amp', 'A'],
  ['watts', 'W'],
  ['watt', 'W'],
];
