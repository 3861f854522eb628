import type { NamedConstant, Quantity } from '../../../dsl/constants.ts';
import { hintFor } from '../../../dsl/did-you-mean.ts';
import { CommandLineError } from '../command-line-error.ts';
import { durationText } from '../new-from-data/duration.ts';
import { usOf } from '../../settings/setting-values.ts';

/** A constant with the values that are tried, from the least to the greatest. */
export type VariedConstant = {
  readonly name: string;
  readonly current: Quantity;
  readonly values: readonly number[]; // in its unit; of a duration in microseconds
};

/** A value for each varied constant. */
export type Values = readonly number[];

/** Of `--vary NAME=FROM..TO[:STEPS]`. Errors: MR7363, MR7364. */
export function variedBy(option: string, constants: readonly NamedConstant[], defaultSteps: number): VariedConstant {
  const parts = /^\s*(\w+)\s*(?:=\s*(.+?)\s*\.\.\s*(.+?)\s*(?::\s*(\d+)\s*)?)?$/.exec(option);
  if (parts === null) throw wrongRange(option, 'it is no NAME=FROM..TO');
  const [, name, from, to, steps] = parts;
  const { quantity } = constantNamed(name!, constants);
  if (from === undefined || to === undefined) return variedAround(name!, quantity, defaultSteps);
  const [low, high] = [amountOf(from, quantity, option), amountOf(to, quantity, option)];
  const count = steps === undefined ? defaultSteps : Number(steps);
  if (!(low < high)) throw wrongRange(option, `${from} is not below ${to}`);
  if (count < 2 || count > MAX_TRIALS) throw wrongRange(option, `it has 2 to ${MAX_TRIALS} steps`);
  const isWhole = isCount(quantity) && Number.isInteger(low) && Number.isInteger(high);
  return { name: name!, current: quantity, values: stepsBetween({ low, high, count, quantity, isWhole }) };
}

/** Some values below and above what the file says. Errors: MR7364 where that is 0. */
export function variedAround(name: string, quantity: Quantity, steps: number): VariedConstant {
  const amount = amountIn(quantity);
  if (amount === 0) throw wrongRange(name, 'it is 0, so that nothing says how far to go');
  const by = Math.abs(amount) * (quantity.kind === 'duration' ? 0.5 : 0.2);
  const isWhole = isCount(quantity);
  const [low, high] = isWhole ? [Math.floor(amount - by), Math.ceil(amount + by)] : [amount - by, amount + by];
  return { name, current: quantity, values: stepsBetween({ low, high, count: steps, quantity, isWhole }) };
}

/** How many values each constant has where nobody says so, so that all combinations are not too many. */
export function defaultStepsOf(constants: number): number {
  const most = Math.floor(COMMON_TRIALS ** (1 / constants) + 1e-9);
  return Math.max(3, Math.min(9, most % 2 === 0 ? most - 1 : most)); // odd, so that what is there is among them
}

/** Every combination. Errors: MR7364 where there are too many. */
export function combinationsOf(varied: readonly VariedConstant[]): readonly Values[] {
  const count = varied.reduce((product, { values }) => product * values.length, 1);
  if (count > MAX_TRIALS) {
    throw new CommandLineError(
      'MR7364',
      `${varied.map(({ name, values }) => `${values.length} values of ${name}`).join(' times ')} are ${count.toLocaleString('en')} trials, more than ${MAX_TRIALS.toLocaleString('en')}`,
      'vary fewer constants, or name a number of steps: --vary limit=80..95:4',
    );
  }
  return varied.reduce<readonly Values[]>(
    (all, { values }) => all.flatMap(before => values.map(value => [...before, value])),
    [[]],
  );
}

/** As a rule file writes it. */
export function valueText(quantity: Quantity, amount: number): string {
  if (quantity.kind === 'duration') return durationText(amount);
  return `${amount}${quantity.unit === null ? '' : ` ${quantity.unit}`}`;
}

export function amountIn(quantity: Quantity): number {
  return quantity.kind === 'duration' ? quantity.us : quantity.value;
}

/** Errors: MR7363. */
function constantNamed(
  name: string,
  constants: readonly NamedConstant[],
): NamedConstant & { readonly quantity: Quantity } {
  const found = constants.find(constant => constant.name === name);
  if (found === undefined) {
    const hint = hintFor(
      name,
      constants.map(constant => constant.name),
      'constants',
    );
    throw new CommandLineError(
      'MR7363',
      `there is no constant \`${name}\``,
      hint ?? 'name a limit: `let limit = 85 degC`',
    );
  }
  const { quantity, text } = found;
  if (quantity !== null) return { ...found, quantity };
  throw new CommandLineError(
    'MR7363',
    `\`let ${name} = ${text}\` is no number and no duration by itself`,
    'vary the constants that it is reckoned from',
  );
}

function amountOf(text: string, quantity: Quantity, option: string): number {
  if (quantity.kind === 'duration') {
    const parts = text.match(/\d+(?:ms|[smhdw])/g) ?? [];
    if (parts.length > 0 && parts.join('') === text) return parts.reduce((sum, part) => sum + (usOf(part) ?? 0), 0);
    throw wrongRange(option, `${text} is no duration, such as 30s or 1h30m`);
  }
  const [, digits, unit] = /^(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*(.*)$/.exec(text) ?? [];
  if (digits === undefined) throw wrongRange(option, `${text} is no number`);
  if (unit === '' || unit === quantity.unit) return Number(digits);
  throw wrongRange(option, `${text} is not in ${quantity.unit ?? 'a plain number'}, as the constant is`);
}

function stepsBetween(range: {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly quantity: Quantity;
  readonly isWhole: boolean;
}): readonly number[] {
  const { low, high, count, quantity, isWhole } = range;
  const values = Array.from({ length: count }, (_, step) => low + ((high - low) * step) / (count - 1));
  return [...new Set(values.map(value => (isWhole ? Math.round(value) : rounded(quantity, value))))];
}

/** Durations are whole milliseconds, and nobody reads more than twelve digits. */
export function rounded(quantity: Quantity, value: number): number {
  if (quantity.kind === 'duration') return Math.max(1_000, Math.round(value / 1_000) * 1_000);
  return Number(value.toPrecision(12));
}

function isCount(quantity: Quantity): boolean {
  return quantity.kind === 'number' && quantity.isWhole;
}

function wrongRange(option: string, why: string): CommandLineError {
  return new CommandLineError(
    'MR7364',
    `--vary ${option}: ${why}`,
    'from, to and a number of steps, in the unit of the constant: --vary limit=80..95:4',
  );
}

const MAX_TRIALS = 1_000;
const COMMON_TRIALS = 125;
