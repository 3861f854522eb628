export type BalanceInput = {
  /** Of the process that asks. */
  readonly name: string;
  /** Those that are there and may have the shares, this one included; a name each. */
  readonly processes: readonly string[];
  /** By share; null: it is free. */
  readonly owners: readonly (string | null)[];
  /** Whether this process may take the share. */
  readonly isFit: (share: number) => boolean;
};

/**
 * What one process takes and gives up, so that all have as many shares as the others, or one more; where they are even, none moves.
 * What is free is taken by whoever sees it first, of those that have too few, since nobody runs it until then. Each process asks for itself, perhaps by
 * what was a moment ago; what two of them take is decided by the lease.
 */
export function balance({ name, processes, owners, isFit }: BalanceInput): {
  readonly take: readonly number[];
  readonly giveUp: readonly number[];
} {
  const own = sharesOf(owners, name);
  const free = sharesOf(owners, null).filter(isFit);
  const least = Math.floor(owners.length / processes.length);
  const withMore = owners.length % processes.length;
  const most = withMore === 0 ? least : least + 1;
  if (own.length > most) return { take: [], giveUp: own.slice(most) };
  if (free.length > 0) {
    // One that has too few comes first: else who gives one up for it would be as quick to take it back.
    const lacking = processes.reduce((sum, process) => sum + Math.max(0, least - sharesOf(owners, process).length), 0);
    const count = Math.max(0, least - own.length) + Math.max(0, free.length - lacking);
    const take = fromOwnPlace(free, name, owners.length).slice(0, Math.min(count, most - own.length));
    return { take, giveUp: [] };
  }
  // Nothing is free, and somebody has too few: the first of those that have one more, and are too many, gives it up.
  const rich = processes.filter(process => sharesOf(owners, process).length > least).sort();
  const isPoor = processes.some(process => sharesOf(owners, process).length < least);
  return { take: [], giveUp: isPoor && rich[0] === name ? own.slice(-1) : [] };
}

function sharesOf(owners: readonly (string | null)[], owner: string | null): number[] {
  return owners.flatMap((of, share) => (of === owner ? [share] : []));
}

/** So that processes that start together do not all want the same. */
function fromOwnPlace(shares: readonly number[], name: string, count: number): number[] {
  let place = 0;
  for (const letter of name) place = (place * 31 + letter.codePointAt(0)!) % count;
  const distance = (share: number) => (share - place + count) % count;
  return [...shares].sort((a, b) => distance(a) - distance(b));
}
