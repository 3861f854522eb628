import type { MatchNode } from '../../dsl/plan.ts';
import type { Scalar } from '../batch.ts';
import type { PatternObserver } from '../operators/run-observer.ts';
import type { ObservedMatches } from '../pattern/match-observer.ts';
import type { Row } from './condition-parts.ts';
import type { ExplainedPattern } from './explained-pattern.ts';
import { PartialMatchRecord, type PartialMatchStory } from './partial-match-record.ts';

/** What is asked about, in event time: what becomes of matches is told of this alone. */
export type AskedStretch = {
  readonly fromUs: number;
  readonly untilUs: number;
  /** Instants whose matches are told. */
  readonly matchesAtUs?: ReadonlySet<number>;
};

/** What became of the matches of one key in the stretch that is asked about. */
export type PatternEvidence = {
  /** All rows of the key that the pattern looks at, in order. */
  readonly rows: readonly SeenRow[];
  /** The one that came furthest of those that waited at the end of the stretch, and of those that ended in it, behind the last row, without one. */
  readonly waiting: PartialMatchStory | null;
  readonly ended: PartialMatchStory | null;
  /** That a match may begin with. */
  readonly firstEvents: readonly number[];
  /** With which the last match gave a row; −1: none has. */
  readonly lastRow: number;
  /** Those that gave a row at the instants that are asked about, in order. */
  readonly told: readonly PartialMatchStory[];
};

export type SeenRow = { readonly atUs: number; readonly row: Row };

/** Watches a pattern while it is run again. */
export class WatchedPattern {
  readonly observer: PatternObserver;
  readonly #node: MatchNode;
  readonly #asked: AskedStretch;
  readonly #told: PartialMatchStory[] = []; // bound: the changes of one alert
  #record: PartialMatchRecord | undefined;
  #furthest: PartialMatchStory | null = null; // of those that ended without a row since the last one did with it
  #lastRow = -1;

  constructor(
    { node }: ExplainedPattern,
    options: {
      readonly isAsked: (key: Readonly<Record<string, Scalar>>) => boolean;
      readonly asked: AskedStretch;
    },
  ) {
    const { isAsked, asked } = options;
    this.#node = node;
    this.#asked = asked;
    const onEnded = (story: PartialMatchStory) => this.#hear(story);
    this.observer = {
      node: node.id,
      observe: (of: ObservedMatches) => {
        return (this.#record = new PartialMatchRecord(of, { node, isAsked, untilUs: asked.untilUs, onEnded }));
      },
    };
  }

  evidence(rows: readonly SeenRow[]): PatternEvidence {
    return {
      rows,
      waiting: furthestOf(this.#record?.waiting() ?? []),
      ended: this.#furthest,
      firstEvents: this.#record?.firstEvents ?? [],
      lastRow: this.#lastRow,
      told: this.#told,
    };
  }

  #hear(story: PartialMatchStory): void {
    const { kind, atUs, row } = story.ended!;
    const isOfTimeouts = this.#node.on === 'timeout';
    if (kind === (isOfTimeouts ? 'time' : 'complete')) {
      this.#furthest = null;
      this.#lastRow = row;
      if (this.#asked.matchesAtUs?.has(atUs) === true) this.#told.push(story);
      return;
    }
    if (kind === 'skipped' && !isOfTimeouts) return; // what there is to say is that another is complete
    if (atUs > this.#asked.fromUs) this.#furthest = furthestOf([this.#furthest, story]);
  }
}

/** By events that are bound, then by their rows; of several the last that began. */
function furthestOf(stories: readonly (PartialMatchStory | null)[]): PartialMatchStory | null {
  return stories.reduce((best, story) => {
    if (best === null || story === null) return best ?? story;
    const nearer = story.bound.size - best.bound.size || rowCount(story) - rowCount(best);
    return nearer > 0 || (nearer === 0 && story.beganUs >= best.beganUs) ? story : best;
  }, null);
}

function rowCount({ bound }: PartialMatchStory): number {
  return [...bound.values()].reduce((sum, { count }) => sum + count, 0);
}
