import type { MatchNode } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import { PartialMatch, type PatternRow } from './partial-match.ts';

export type FoundMatch = { readonly timeUs: number; readonly values: Readonly<Record<string, Scalar>> };

/**
 * Patterns as docs/decisions/0024 says them, one partial match after the other and with no thought of speed. Where the engine has
 * places in a tree with counters, this has lists of what is still to do: quantifiers are written out, `a{2,3}` being `a`, then
 * `a`, then perhaps `a`. Whether an absence is broken or `~>` was missed is not remembered; it is looked up among the rows.
 * The rows are of one key, in order; `endUs`: how far its watermark comes in the end.
 */
export function matchesOf(
  node: MatchNode,
  rows: readonly PatternRow[],
  endUs: number,
): { readonly found: readonly FoundMatch[]; readonly dropped: number } {
  const key = new Key(node, rows);
  for (let row = 0; row < rows.length; row++) {
    key.moveTo(rows[row]!.timeUs, row);
    key.take(row);
  }
  key.moveTo(endUs, rows.length);
  return { found: key.found, dropped: key.dropped };
}

/** All partial matches of a key, the oldest first. */
class Key {
  readonly found: FoundMatch[] = [];
  dropped = 0;
  readonly #node: MatchNode;
  readonly #rows: readonly PatternRow[];
  #partials: PartialMatch[] = [];

  constructor(node: MatchNode, rows: readonly PatternRow[]) {
    this.#node = node;
    this.#rows = rows;
  }

  moveTo(untilUs: number, rows: number): void {
    for (;;) {
      const us = Math.min(...this.#partials.flatMap(partial => [this.#endUs(partial), ...partial.dueTimes(rows)]));
      if (us > untilUs || us === Infinity) return;
      this.#comeDue(us, rows);
      for (const partial of [...this.#partials]) {
        if (this.#endUs(partial) !== us) continue;
        if (this.#node.on === 'timeout') this.found.push({ timeUs: us, values: partial.values() });
        this.#remove(partial);
      }
    }
  }

  #comeDue(us: number, rows: number): void {
    for (const partial of [...this.#partials]) {
      if (this.#endUs(partial) <= us) continue;
      if (!partial.moveTo(us, rows)) {
        this.#remove(partial);
      } else if (partial.isComplete) {
        this.#complete(partial, us);
        if (this.#node.skip === 'past-last') return;
      }
    }
  }

  take(row: number): void {
    for (const partial of [...this.#partials]) {
      const before = partial.bound;
      const isGuarded = this.#node.unless.filter(({ event }) => partial.is(event, row, before));
      const taken = partial.take(row);
      if (taken !== null && partial.isComplete) {
        this.#complete(partial, this.#rows[row]!.timeUs);
        if (this.#node.skip === 'past-last') return;
        continue;
      }
      const bound = partial.bound;
      const isEnded = isGuarded.some(({ between }) => {
        if (between === null) return true;
        const [from, to] = between;
        const isBound = (event: number) => before.some(each => each.event === event);
        const isItself = bound.some(each => each.row === row && (each.event === from || each.event === to));
        return isBound(from) && !isBound(to) && !isItself;
      });
      if (taken === null || isEnded) this.#remove(partial);
    }
    this.#start(row);
  }

  #start(row: number): void {
    const partial = new PartialMatch(this.#node, this.#rows);
    if (partial.take(row) !== true) return;
    if (partial.isComplete) return this.#complete(partial, this.#rows[row]!.timeUs);
    while (this.#partials.length >= this.#node.maxPartial) {
      this.#partials.shift();
      this.dropped++;
    }
    this.#partials.push(partial);
  }

  #complete(partial: PartialMatch, timeUs: number): void {
    if (this.#node.on === 'match') this.found.push({ timeUs, values: partial.values() });
    if (this.#node.skip === 'past-last') this.#partials = [];
    else this.#remove(partial);
  }

  #endUs(partial: PartialMatch): number {
    return partial.firstUs + this.#node.withinUs;
  }

  #remove(partial: PartialMatch): void {
    this.#partials = this.#partials.filter(other => other !== partial);
  }
}
