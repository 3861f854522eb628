import type { MatchNode } from '../../dsl/plan.ts';
import type { Scalar } from '../../engine/batch.ts';
import { type Awaited, PartialMatch, type PatternRow } from './partial-match.ts';
import type { Bound } from './pattern-thread.ts';

/** What became of one start: what it had bound, since when it waited for what, and what ended it; null: nothing did. */
export type StartOutcome = {
  readonly beganUs: number;
  readonly bound: readonly Bound[];
  readonly sinceUs: number;
  readonly awaited: Awaited;
  readonly ended: { readonly kind: EndKind; readonly atUs: number; readonly row: number } | null;
};
type EndKind = 'complete' | 'time' | 'absence' | 'strict' | 'unless' | 'skipped' | 'dropped';

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
): { readonly found: readonly FoundMatch[]; readonly dropped: number; readonly starts: readonly StartOutcome[] } {
  const key = new Key(node, rows);
  for (let row = 0; row < rows.length; row++) {
    key.moveTo(rows[row]!.timeUs, row);
    key.take(row);
  }
  key.moveTo(endUs, rows.length);
  return { found: key.found, dropped: key.dropped, starts: key.starts };
}

/** All partial matches of a key, the oldest first. */
class Key {
  readonly found: FoundMatch[] = [];
  dropped = 0;
  readonly #node: MatchNode;
  readonly #rows: readonly PatternRow[];
  #partials: PartialMatch[] = [];
  #ended: StartOutcome[] = [];
  #handled = 0; // rows

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
        this.#showTimeout(partial, us);
        this.#end(partial, 'time', us);
      }
    }
  }

  get starts(): readonly StartOutcome[] {
    const waiting = this.#partials.map(partial => ({ ...this.#outcomeOf(partial), ended: null }));
    return [...this.#ended, ...waiting];
  }

  #comeDue(us: number, rows: number): void {
    for (const partial of [...this.#partials]) {
      if (this.#endUs(partial) <= us) continue;
      if (!partial.moveTo(us, rows)) {
        this.#showTimeout(partial, us);
        this.#end(partial, 'time', us);
      } else if (partial.isComplete) {
        this.#complete(partial, us);
        if (this.#node.skip === 'past-last') return;
      }
    }
  }

  take(row: number): void {
    const { timeUs } = this.#rows[row]!;
    this.#handled = row + 1;
    for (const partial of [...this.#partials]) {
      const outcome = this.#outcomeOf(partial);
      const before = partial.bound;
      const isBroken = partial.isBrokenBy(row);
      const isGuarded = this.#node.unless.filter(({ event }) => partial.is(event, row, before));
      const taken = partial.take(row);
      if (taken !== null && partial.isComplete) {
        this.#complete(partial, timeUs);
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
      if (taken !== null && !isEnded) continue;
      this.#remove(partial);
      const kind = isEnded ? 'unless' : isBroken ? 'absence' : 'strict';
      this.#ended.push({ ...outcome, ended: { kind, atUs: timeUs, row } });
    }
    this.#start(row);
  }

  #start(row: number): void {
    const partial = new PartialMatch(this.#node, this.#rows);
    if (partial.take(row) !== true) return;
    if (partial.isComplete) return this.#complete(partial, this.#rows[row]!.timeUs);
    while (this.#partials.length >= this.#node.maxPartial) {
      this.#end(this.#partials[0]!, 'dropped', this.#rows[row]!.timeUs);
      this.dropped++;
    }
    this.#partials.push(partial);
  }

  #complete(partial: PartialMatch, timeUs: number): void {
    if (this.#node.on === 'match') this.found.push({ timeUs, values: partial.values() });
    this.#end(partial, 'complete', timeUs);
    if (this.#node.skip !== 'past-last') return;
    for (const other of this.#partials) this.#end(other, 'skipped', timeUs);
  }

  #showTimeout(partial: PartialMatch, timeUs: number): void {
    if (this.#node.on === 'timeout') this.found.push({ timeUs, values: partial.values() });
  }

  #endUs(partial: PartialMatch): number {
    return partial.firstUs + (this.#node.withinUs ?? Infinity);
  }

  #end(partial: PartialMatch, kind: EndKind, atUs: number): void {
    this.#remove(partial);
    this.#ended.push({ ...this.#outcomeOf(partial), ended: { kind, atUs, row: this.#handled - 1 } });
  }

  #outcomeOf(partial: PartialMatch): Omit<StartOutcome, 'ended'> {
    const { firstUs, bound, sinceUs, awaited } = partial;
    return { beganUs: firstUs, bound, sinceUs, awaited };
  }

  #remove(partial: PartialMatch): void {
    this.#partials = this.#partials.filter(other => other !== partial);
  }
}
