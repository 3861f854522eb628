import type { MatchNode } from '../../dsl/plan.ts';
import type { Row } from './condition-parts.ts';
import type { PartialMatchStory } from './partial-match-record.ts';

/** What became of the partial matches of one key in the stretch that is asked about. */
export type PatternEvidence = {
  /** All rows of the key that the pattern looks at, in order. */
  readonly rows: readonly { readonly atUs: number; readonly row: Row }[];
  /** The one that came furthest of those that waited at the end of the stretch, and of those that ended in it, behind the last row, without one. */
  readonly waiting: PartialMatchStory | null;
  readonly ended: PartialMatchStory | null;
  /** That a match may begin with. */
  readonly firstEvents: readonly number[];
  /** With which the last match gave a row; −1: none has. */
  readonly lastRow: number;
};

/** Of those that end without a row since the last one did with it, keeps the one that came furthest. */
export class FurthestEnd {
  readonly #node: MatchNode;
  readonly #fromUs: number;
  furthest: PartialMatchStory | null = null;
  lastRow = -1;

  constructor(node: MatchNode, fromUs: number) {
    this.#node = node;
    this.#fromUs = fromUs;
  }

  hear(story: PartialMatchStory): void {
    const { kind, atUs, row } = story.ended!;
    const isOfTimeouts = this.#node.on === 'timeout';
    if (kind === (isOfTimeouts ? 'time' : 'complete')) {
      this.furthest = null;
      this.lastRow = row;
      return;
    }
    if (kind === 'skipped' && !isOfTimeouts) return; // what there is to say is that another is complete
    if (atUs > this.#fromUs) this.furthest = furthestOf([this.furthest, story]);
  }
}

/** By events that are bound, then by their rows; of several the last that began. */
export function furthestOf(stories: readonly (PartialMatchStory | null)[]): PartialMatchStory | null {
  return stories.reduce((best, story) => {
    if (best === null || story === null) return best ?? story;
    const nearer = story.bound.size - best.bound.size || rowCount(story) - rowCount(best);
    return nearer > 0 || (nearer === 0 && story.beganUs >= best.beganUs) ? story : best;
  }, null);
}

function rowCount({ bound }: PartialMatchStory): number {
  return [...bound.values()].reduce((sum, { count }) => sum + count, 0);
}
