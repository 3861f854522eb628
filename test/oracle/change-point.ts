import { least } from './detectors.ts';

/**
 * Of each reading from `first` on: the probability that the newest stretch has at most ten, by the recursion of Adams & MacKay 2007; `most`: how
 * many lengths are kept, the likeliest.
 */
export function changePoints(values: readonly number[], first: number, most = Infinity): number[] {
  let guesses: { length: number; chance: number; mean: number; scale: number }[] = [];
  return values.slice(first).map((value, offset) => {
    const before = values.slice(0, first + offset);
    const mean = before[0]! + before.reduce((sum, x) => sum + (x - before[0]!), 0) / before.length;
    const deviation = Math.sqrt(before.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (before.length - 1));
    const chance = guesses.length === 0 ? 1 : 1 / 250;
    const begins = { length: 0, chance, mean, scale: least(deviation, mean) ** 2 };
    const going = guesses.map(guess => ({ ...guess, chance: guess.chance * (guesses.length === 0 ? 1 : 249 / 250) }));
    guesses = [begins, ...going].map(guess => {
      const count = 0.1 + guess.length;
      const shape = 1 + guess.length / 2;
      const distance = value - guess.mean;
      const own = guess.chance * studentDensity(distance, shape, (guess.scale * (count + 1)) / (shape * count));
      const scale = guess.scale + (distance ** 2 * count) / (2 * (count + 1));
      return { length: guess.length + 1, chance: own, mean: guess.mean + distance / (count + 1), scale };
    });
    const total = guesses.reduce((sum, guess) => sum + guess.chance, 0);
    if (total > 0) guesses = guesses.map(guess => ({ ...guess, chance: guess.chance / total }));
    else guesses = guesses.map((guess, i) => ({ ...guess, chance: i === 0 ? 1 : 0 }));
    if (guesses.length > most) {
      const least = Math.min(...guesses.map(guess => guess.chance));
      guesses.splice(
        guesses.findLastIndex(guess => guess.chance === least),
        1,
      );
    }
    if (guesses.at(-1)!.length <= 10) return 0;
    return guesses.filter(({ length }) => length <= 10).reduce((sum, guess) => sum + guess.chance, 0);
  });
}

/** Of half so many degrees of freedom. */
function studentDensity(distance: number, shape: number, variance: number): number {
  const ratio = shape > 50 ? Math.sqrt(shape) * (1 - 1 / (8 * shape)) : gamma(shape + 0.5) / gamma(shape);
  return (
    (ratio / Math.sqrt(2 * Math.PI * shape * variance)) * (1 + distance ** 2 / (2 * shape * variance)) ** -(shape + 0.5)
  );
}

/** Of halves of whole numbers it is a product. */
function gamma(x: number): number {
  if (x === 0.5) return Math.sqrt(Math.PI);
  return x === 1 ? 1 : (x - 1) * gamma(x - 1);
}
