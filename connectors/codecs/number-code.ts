/** How many digits a number has on either side of its point. */
export type NumberForm = { readonly wholeDigits: number; readonly places: number };

/** Whether `numberCode` reads numbers of this form. */
export function canBeCode({ wholeDigits, places }: NumberForm): boolean {
  return wholeDigits <= 2 * MOST_DIGITS && places <= MOST_DIGITS;
}

/**
 * Code that reads the JSON number at `from` into `number`, and sets `at` to the place behind it. It ends with
 * `break known` where something else has to say what stands there: an exponent, more digits than a double holds or than nine
 * on a side of the point, no number. Numbers of this form are read without a loop; one of more than nine digits before the
 * point, as times in milliseconds have them, may have eighteen there.
 *
 * Digits are added up as integers, in half of the time that doubles take. Integer and power of ten are exact, so one
 * division rounds correctly, as in parseDecimal. Benchmark: benchmarks/throughput (messages).
 */
export function numberCode({ wholeDigits, places }: NumberForm): string {
  return `  start = bytes[from] === 45 ? from + 1 : from;
  at = start;
${wholeDigits > MOST_DIGITS ? longIntegerCode(wholeDigits) : integerCode(wholeDigits)}  if (at > start + 1 && bytes[start] === 48) break known;
  if (digit === -2) {
    partFrom = ++at;
${digitsCode('part', places)}    if (at === partFrom || at > partFrom + ${MOST_DIGITS}) break known;
    number = number * scale + part;
    if (number > ${Number.MAX_SAFE_INTEGER}) break known;
    number /= scale;
  }
  if ((digit | 32) === 53) break known;
  if (start > from) number = -number;
`;
}

/** Of the code. */
export const NUMBER_VARIABLES = `  let at = 0;
  let start = 0;
  let digit = 0;
  let number = 0;
  let part = 0;
  let partFrom = 0;
  let scale = 1;
`;

function integerCode(wholeDigits: number): string {
  return `${digitsCode('number', wholeDigits)}  if (at === start || at > start + ${MOST_DIGITS}) break known;
`;
}

/** The first nine digits, and up to nine more. */
function longIntegerCode(wholeDigits: number): string {
  return `  number = 0;
  for (; at < start + ${MOST_DIGITS} && ${IS_DIGIT}; at++) ${added('number')};
  if (at < start + ${MOST_DIGITS}) break known;
${digitsCode('part', wholeDigits - MOST_DIGITS)}  if (at > start + ${2 * MOST_DIGITS}) break known;
  number = number * scale + part;
  if (number > ${Number.MAX_SAFE_INTEGER}) break known;
`;
}

/** Adds up the digits from `at` on, `usual` of them without a loop; `scale` is ten to the power of how many there were. */
function digitsCode(sum: string, usual: number): string {
  const powers = Array.from({ length: Math.min(usual, MOST_DIGITS) }, (_, i) => 10 ** (i + 1));
  return `  ${sum} = 0;
  scale = 1;
${powers.map(power => `  if (${IS_DIGIT}) {\n  ${added(sum)};\n  scale = ${power};\n  at++;\n`).join('')}  for (; ${IS_DIGIT}; at++) {
  ${added(sum)};
  scale *= 10;
  }
${'  }\n'.repeat(powers.length)}`;
}

const IS_DIGIT = '(digit = bytes[at] - 48) >= 0 && digit <= 9';

function added(sum: string): string {
  return `${sum} = (Math.imul(${sum}, 10) + digit) | 0`;
}

const MOST_DIGITS = 9;
