import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { all, create } from 'mathjs';
import { describe, expect, test } from 'vitest';
import { isDecimal, rational, toNumber } from '../../dsl/catalog/rational.ts';
import { conversionOf, conversionSteps, convertNumber } from '../../dsl/catalog/unit-conversion.ts';
import {
  differenceUnit,
  haveSameDimension,
  isUnit,
  knownUnit,
  parseUnit,
  productUnit,
  quotientUnit,
  rootUnit,
} from '../../dsl/catalog/unit.ts';
import { UNITS } from '../../dsl/catalog/units.ts';
import { generateUnits, UNITS_FILE } from '../../scripts/units.js';
import { runs } from '../oracle/runs.ts';

function converted(value: number, from: string, to: string, as: 'points' | 'differences' = 'points'): number {
  return convertNumber(value, conversionOf({ from: knownUnit(from), to: knownUnit(to), as }));
}

describe('the table', () => {
  test('is what scripts/units.js makes of mathjs', () => {
    expect(readFileSync(UNITS_FILE, 'utf8')).toBe(generateUnits());
  });

  const math = create(all);
  test.each(Object.keys(UNITS))('%s is as large as in mathjs', name => {
    const unit = knownUnit(name);
    const sevenInBase = (7 + toNumber(unit.offset)) * toNumber(unit.scale);
    // What mathjs keeps in `value` lacks the offset.
    const theirs = unit.kind === 'plain' ? Number(math.unit(7, name).value) : math.unit(7, name).toNumber('K');
    expect(Math.abs(sevenInBase - theirs)).toBeLessThanOrEqual(1e-14 * sevenInBase);
  });
});

describe('conversion', () => {
  test.each([
    [185, 'degF', 'degC', 85],
    [85, 'degC', 'degF', 185],
    [-40, 'degF', 'degC', -40],
    [300, 'K', 'degC', 26.85],
    [0, 'degC', 'K', 273.15],
    [491.67, 'degR', 'degC', 0],
    [5, 'bar', 'kPa', 500],
    [1, 'kWh', 'J', 3_600_000],
    [10, 'K/min', 'K/s', 10 / 60],
    [1, 'rpm', 'deg/s', 6],
    [3000, 'rpm', 'rev/s', 50],
    [90, '%', 'ppm', 900_000],
    [1, 'd', 'h', 24],
    [1, 'm^3/h', 'L/s', 1 / 3.6],
    [1, 'mm/s', 'in/s', 1 / 25.4],
    [3, 'kvar', 'W', 3000],
    [2, 'gn', 'm/s^2', 19.6133],
    [1000, 'mgn', 'gn', 1],
    [1, 'N*m', 'J', 1],
    [1, '°C', 'degC', 1],
    [1, 'µm', 'nm', 1000],
    [1, 'μm', 'um', 1],
    [1, 'kΩ', 'ohm', 1000],
    [36, 'km/h', 'm/s', 10],
  ])('%d %s is %s, exactly', (value, from, to, expected) => {
    expect(converted(value, from, to)).toBe(expected);
  });

  test('a difference has no zero', () => {
    expect(converted(9, 'degF', 'degC', 'differences')).toBe(5);
    expect(converted(1, 'degC', 'K', 'differences')).toBe(1);
  });

  test('at run time it takes the steps that a person would', () => {
    const steps = (from: string, to: string) =>
      conversionSteps(conversionOf({ from: knownUnit(from), to: knownUnit(to), as: 'points' }))
        .map(({ operator, by }) => `${operator} ${by}`)
        .join(' ');
    expect(steps('degF', 'degC')).toBe('- 32 / 1.8');
    expect(steps('degC', 'degF')).toBe('* 1.8 + 32');
    expect(steps('mm/s', 'm/s')).toBe('/ 1000');
    expect(steps('kWh', 'J')).toBe('* 3600000');
    expect(steps('K/min', 'K/s')).toBe('/ 60');
    expect(steps('degC', '°C')).toBe('');
  });

  test('a value that is converted there and back is itself', () => {
    const simple = Object.keys(UNITS);
    fc.assert(
      fc.property(fc.constantFrom(...simple), fc.constantFrom(...simple), fc.integer(), (a, b, value) => {
        fc.pre(haveSameDimension(knownUnit(a), knownUnit(b)));
        expect(converted(converted(value, a, b), b, a)).toBeCloseTo(value, 0);
      }),
      runs(500),
    );
  });
});

describe('what mathjs reads otherwise (MEANING.md 32)', () => {
  test('dB is no tenth of a byte', () => {
    expect(haveSameDimension(knownUnit('dB'), knownUnit('B'))).toBe(false);
    expect(haveSameDimension(knownUnit('dB'), knownUnit('%'))).toBe(false);
  });

  test('0 degC is not less than 200 K', () => {
    expect(converted(200, 'K', 'degC')).toBeLessThan(0);
  });

  test('a rotation is no frequency', () => {
    expect(haveSameDimension(knownUnit('rpm'), knownUnit('Hz'))).toBe(false);
    expect(haveSameDimension(knownUnit('rpm'), knownUnit('rad/s'))).toBe(true);
  });

  test('points take no prefix, and are differences within a composed unit', () => {
    expect(isUnit(parseUnit('mdegC'))).toBe(false);
    expect(knownUnit('degC').kind).toBe('point');
    expect(knownUnit('K').kind).toBe('absolute');
    expect(converted(1.8, 'degF/min', 'degC/min')).toBe(1);
  });
});

describe('composed units', () => {
  test.each([
    ['kg*m/s^2', 'N'],
    ['kg*m/s²', 'N'],
    ['kg·m/s^2', 'N'],
    ['V*A', 'W'],
    ['J/kg/K', 'm^2/s^2/K'],
    ['1/min', 'Hz'],
    ['s^-1', 'Hz'],
    ['s⁻¹', 'Hz'],
    ['m3/h', 'm^3/h'],
    ['m²', 'm2'],
  ])('%s measures what %s does', (a, b) => {
    expect(haveSameDimension(knownUnit(a), knownUnit(b))).toBe(true);
  });

  test.each([
    ['Nm', 'N*m'],
    ['KW', 'kW'],
    ['degc', 'degC'],
    ['Degc', 'degC'],
    ['kmh', 'km/h'],
    ['mm/sek', 'mm/sec'],
    ['celsiuss', 'celsius'],
    ['m**2', undefined],
    ['', undefined],
    ['/s', undefined],
    ['q', undefined],
    ['constructor', undefined],
  ])('%s is none; meant is %s', (text, suggestion) => {
    const parsed = parseUnit(text);
    expect(isUnit(parsed)).toBe(false);
    expect((parsed as { suggestion?: string }).suggestion).toBe(suggestion);
  });

  test('products and quotients cancel what they can', () => {
    expect(productUnit(knownUnit('m/s'), knownUnit('s'))?.text).toBe('m');
    expect(quotientUnit(knownUnit('kWh'), knownUnit('s'))?.text).toBe('kWh/s');
    expect(quotientUnit(knownUnit('degC'), knownUnit('s'))?.text).toBe('K/s');
    expect(rootUnit(knownUnit('m^2/s^2'))?.text).toBe('m/s');
    expect(rootUnit(knownUnit('m^3'))).toBe(null);
    expect(differenceUnit(knownUnit('degC')).text).toBe('K');
    expect(differenceUnit(knownUnit('bar')).kind).toBe('plain');
  });
});

describe('exact fractions', () => {
  test('a double comes back as itself', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        expect(toNumber(rational(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });

  test('the nearest double of a fraction is what division gives', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1 }), (a, b) => {
        expect(toNumber(rational(`${a}/${b}`))).toBe(a === 0 ? 0 : a / b);
      }),
    );
  });

  test('5/9 is no decimal, 9/5 is', () => {
    expect([isDecimal(rational('5/9')), isDecimal(rational('9/5'))]).toEqual([false, true]);
  });
});
