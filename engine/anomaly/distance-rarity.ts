const FEWEST_FREEDOM = 16;
const MOST_FREEDOM = 120;
const MOST_TERMS = 10_000; // where nothing is unusual, and the sum all but 1

// Places of a table, by log₂(1 + distance / freedom): rarity is all but linear in it, and is so beyond.
const PER_OCTAVE = 64;
const OCTAVES = 8;

/**
 * How rare it is, in decades, that so many values of Student's t lie as far from their mean as a squared Mahalanobis distance says, with as many degrees of freedom as are
 * known (Hotelling 1931). Each number of them has a table, made when it is first asked for: 4 KB, at most 53 of them.
 */
export class DistanceRarity {
  readonly #fields: number;
  readonly #tables: (Float64Array | undefined)[] = []; // by half of the degrees of freedom

  constructor(fields: number) {
    this.#fields = fields;
  }

  of(distance: number, freedom: number): number {
    const half = Math.floor(Math.min(Math.max(freedom, FEWEST_FREEDOM), MOST_FREEDOM) / 2);
    const table = (this.#tables[half] ??= tableOf(this.#fields, half));
    const place = Math.log2(1 + distance / (2 * half)) * PER_OCTAVE;
    const from = Math.min(Math.floor(place), table.length - 2);
    return table[from]! + (place - from) * (table[from + 1]! - table[from]!);
  }
}

function tableOf(fields: number, half: number): Float64Array {
  return Float64Array.from({ length: OCTAVES * PER_OCTAVE + 1 }, (_, place) =>
    Math.max(0, -Math.log10(tailOf(2 ** (-place / PER_OCTAVE), fields / 2, half))),
  );
}

/** The tail of F: the incomplete beta function I(x; a, b) at x = 2a / (2a + distance); its series, all of whose terms are positive. */
function tailOf(x: number, b: number, a: number): number {
  let term = (1 - x) ** b;
  for (let k = 0; k < a; k++) term *= (x * (b + k)) / (k + 1);
  let sum = 0;
  for (let k = a; term > sum * 1e-9 && k < MOST_TERMS; k++) {
    sum += term;
    term *= (x * (b + k)) / (k + 1);
  }
  return x === 1 ? 1 : Math.min(1, sum);
}
