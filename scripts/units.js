// Writes dsl/catalog/units.ts from mathjs, so that the compiler itself needs no library: `node scripts/units.js`.
// A test holds the file equal to what this prints.
import { writeFileSync } from 'node:fs';
import { all, create } from 'mathjs';

export const UNITS_FILE = new URL('../dsl/catalog/units.ts', import.meta.url);

export function generateUnits() {
  const { UNITS, PREFIXES } = create(all).Unit;
  return [
    '// Generated from mathjs by `node scripts/units.js`; do not edit. Our own units stand in own-units.ts.',
    '',
    '/** Exponents of mass, length, time, current, temperature, luminous intensity, amount of substance, angle, information. */',
    'export type TableUnit = readonly [dimension: string, scale: string, offset: string, prefixes: PrefixFamily];',
    '',
    'export type PrefixFamily = keyof typeof PREFIXES;',
    '',
    '/** Per family: what may stand before a unit, and its power of ten or of 1,024 as a decimal. */',
    'export const PREFIXES = {',
    ...Object.entries(PREFIXES).flatMap(([family, prefixes]) => prefixLines(family, prefixes)),
    '} as const;',
    '',
    '/** A value in the base units is (value + offset) × scale; both are exact: a decimal or a fraction. */',
    'export const UNITS: Readonly<Record<string, TableUnit>> = {',
    ...Object.entries(UNITS)
      .filter(([, unit]) => isReal(unit.value))
      .map(([name, unit]) => `  ${name}: [${tableUnit(unit, PREFIXES).map(quote).join(', ')}],`),
    '};',
    '',
  ].join('\n');
}

function tableUnit(unit, prefixFamilies) {
  const family = Object.keys(prefixFamilies).find(name => prefixFamilies[name] === unit.prefixes);
  return [unit.dimensions.join(' '), exact(unit.value), exact(unit.offset), family];
}

function prefixLines(family, prefixes) {
  const lines = Object.values(prefixes).map(
    ({ name, value }) => `    ${name === '' ? "''" : name}: ${quote(exact(value))},`,
  );
  return [`  ${family}: {`, ...lines, '  },'];
}

/** VAR is the imaginary unit there, which no comparison could use; it is one of our own. */
function isReal(value) {
  return typeof value === 'number' || value.n !== undefined;
}

function exact(value) {
  return typeof value === 'number' ? String(value) : `${value.s * value.n}/${value.d}`;
}

function quote(text) {
  return `'${text}'`;
}

if (import.meta.main) writeFileSync(UNITS_FILE, generateUnits());
