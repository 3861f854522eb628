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
 * What one process takes and gives up, so that all have as many shares as the others, or one more. It moves as few as it can:
 * none moves where they are even. Each process asks for itself, perhaps by what was a moment ago; what two of them take is
 * decided by the lease.
 */
export function balance({ name, processes, owners, isFit }: BalanceInput): {
  readonly take: readonly number[];
  readonly giveUp: readonly number[];
} {
  const own = sharesOf(owners, name);
  const free = sharesOf(owners, null).filter(isFit);
  const others = processes.filter(process => process !== name).map(process => sharesOf(owners, process).length);
  const least = Math.floor(owners.length / processes.length);
  const withMore = owners.length % processes.length;
  const most = withMore === 0 ? least : least + 1;
  if (own.length > most) return { take: [], giveUp: own.slice(most) };
  if (free.length > 0) {
    const missing = Math.max(0, least - own.length);
    // One more than the least is for what others do not need to have the least, and for so many processes.
    const left = free.length - missing - others.reduce((sum, count) => sum + Math.max(0, least - count), 0);
    const mayHaveMore = own.length <= least && others.filter(count => count > least).length < withMore && left > 0;
    const count = missing + (mayHaveMore ? 1 : 0);
    return { take: fromOwnPlace(free, name, owners.length).slice(0, count), giveUp: [] };
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
