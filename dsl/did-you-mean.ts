/** The known word that a mistyped one most likely stands for, or undefined. Cost: one pass over the known words. */
export function nearestWord(word: string, known: Iterable<string>): string | undefined {
  const limit = word.length === 1 ? 0 : word.length <= 3 ? 1 : word.length <= 6 ? 2 : 3; // of one letter, any other is near
  let nearest: string | undefined;
  let nearestDistance = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= nearestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < nearestDistance) {
      nearest = candidate;
      nearestDistance = distance;
    }
  }
  return nearest;
}

/** A hint for an unknown word: the nearest known one, else the list where it is short. */
export function hintFor(word: string, known: readonly string[], what: string): string | undefined {
  const nearest = nearestWord(word, known);
  if (nearest !== undefined) return `did you mean \`${nearest}\`?`;
  if (known.length === 0) return undefined;
  if (known.length <= 12) return `known ${what}: ${known.join(', ')}`;
  return `known ${what}: ${known.slice(0, 10).join(', ')} and ${known.length - 10} more`;
}

/** Optimal string alignment: insertions, deletions, replacements and swaps of neighbours count one each. */
function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const current = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = previous[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(replaced, previous[j]! + 1, current[j - 1]! + 1);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, beforePrevious[j - 2]! + 1);
      }
      current.push(least);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length]!;
}
