import { toNumber } from '../catalog/rational.ts';
import { isRatio, powerUnit, productUnit, quotientUnit, type Unit } from '../catalog/unit.ts';
import { reportOperands } from './addition.ts';
import { isNumber, type Pair } from './agree.ts';
import { convert, toRatio, toSeconds } from './convert.ts';
import { placeOf } from './describe.ts';
import { arithmetic } from './fold.ts';
import { error, type Report } from './report.ts';
import type { Checked } from './scope.ts';

export type Product = { readonly operator: '*' | '/'; readonly pair: Pair; readonly span: Checked['span'] };

/** a * b, a / b of numbers and durations; null after a report. */
export function checkProduct(product: Product, report: Report): Checked | null {
  const { left, right } = product.pair;
  if (![left, right].every(value => isNumber(value) || value.type === 'duration'))
    return reportOperands(product, report);
  return durationProduct(product) ?? numberProduct(inSeconds(product), report);
}

/** Durations that are scaled remain durations, and their quotient is a number. */
function durationProduct(product: Product): Checked | null {
  const { operator } = product;
  const left = withoutPercent(product.pair.left);
  const right = withoutPercent(product.pair.right);
  const scaled = { ...product, pair: { left, right } };
  if (left.type === 'duration' && right.type === 'duration') {
    return operator === '/' ? productOf(scaled, 'float', null) : null;
  }
  if (left.type === 'duration' && right.unit === null) return productOf(scaled, 'duration', null);
  return right.type === 'duration' && left.unit === null && operator === '*'
    ? productOf(scaled, 'duration', null)
    : null;
}

/** Beside other units, a duration counts in seconds: kWh / 1h. */
function inSeconds(product: Product): Product {
  const [left, right] = [product.pair.left, product.pair.right].map(value =>
    value.type === 'duration' ? toSeconds(value) : value,
  );
  return { ...product, pair: { left: left!, right: right! } };
}

function numberProduct(product: Product, report: Report): Checked | null {
  const { left, right } = product.pair;
  const type = left.type === 'int' && right.type === 'int' && product.operator === '*' ? 'int' : 'float';
  if (left.unit === null && right.unit === null) return productOf(product, type, null);
  // A number times a point is computed in its declared unit (MEANING.md 33).
  if (right.unit === null) return productOf(product, type, left.unit);
  if (left.unit === null && product.operator === '*') return productOf(product, type, right.unit);
  return unitProduct({ ...product, pair: { left: withoutPercent(left), right: withoutPercent(right) } }, report);
}

/** Percent beside another unit is a plain factor. */
function withoutPercent(value: Checked): Checked {
  return value.unit !== null && isRatio(value.unit) ? toRatio(value) : value;
}

function unitProduct(product: Product, report: Report): Checked | null {
  const { operator, pair, span } = product;
  const { left, right } = pair;
  if (left.unit === null && right.unit === null) return productOf(product, 'float', null);
  if (right.unit === null) return productOf(product, 'float', left.unit);
  if (left.unit === null && operator === '*') return productOf(product, 'float', right.unit);
  const isRatioOfPoints = operator === '/' && left.unit?.kind === 'point' && right.unit.kind === 'point';
  if (isRatioOfPoints) {
    return productOf({ operator, span, pair: { left, right: convert(right, left.unit!, 'points') } }, 'float', null);
  }
  const point = [left, right].find(value => value.unit?.kind === 'point');
  if (point !== undefined) return reportPoint(product, point, report);
  const unit = unitOf(operator, left.unit, right.unit);
  if (unit !== null) return simplified(productOf(product, 'float', unit));
  report(error('MR2205', span, 'no unit has such a power'));
  return null;
}

function unitOf(operator: '*' | '/', left: Unit | null, right: Unit): Unit | null {
  if (left === null) return powerUnit(right, -1);
  return operator === '*' ? productUnit(left, right) : quotientUnit(left, right);
}

/** mA / A is a thousandth: where dimensions cancel, what is left of the units goes into the number. */
function simplified(value: Checked): Checked {
  return value.unit !== null && isRatio(value.unit) ? withFactor(value, toNumber(value.unit.scale)) : value;
}

function withFactor(value: Checked, factor: number): Checked {
  return factor === 1 ? { ...value, unit: null } : toRatio(value);
}

function productOf({ operator, pair, span }: Product, type: Checked['type'], unit: Unit | null): Checked {
  const expression = arithmetic(operator, type, { left: pair.left.expression, right: pair.right.expression });
  return { expression, type, unit, span };
}

function reportPoint({ operator, pair, span }: Product, point: Checked, report: Report): null {
  const verb = operator === '*' ? 'multiplied with' : 'divided by';
  const message = `a temperature in ${point.unit!.text} cannot be ${verb} a quantity with a unit`;
  const hint = `its zero is arbitrary: subtract a temperature first, \`(temp - 20 ${point.unit!.text})\`, or declare it in K`;
  const other = point === pair.left ? pair.right : pair.left;
  report(error('MR2204', span, message, { hint, related: [placeOf(point), placeOf(other)] }));
  return null;
}
