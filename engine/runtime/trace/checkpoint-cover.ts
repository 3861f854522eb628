import type { RoundTrace, TraceSpan } from './tracer.ts';

/** Of traced rounds that no checkpoint covers yet, so many are kept; older ones end without. */
const MAX_WAITING = 100;

/** Ends traces of rounds when a durable checkpoint covers them; without checkpoints, when they are delivered. */
export class CheckpointCover {
  readonly #hasCheckpoints: boolean;
  #sent: CoveredRound[] = []; // since the last checkpoint began, or the one that failed
  #underWay: CoveredRound[] = [];

  constructor(options: { readonly hasCheckpoints: boolean }) {
    this.#hasCheckpoints = options.hasCheckpoints;
  }

  /** A round is handed out. */
  sent(trace: RoundTrace): void {
    if (!this.#hasCheckpoints) return;
    this.#sent.push({ trace, waiting: null });
    if (this.#sent.length > MAX_WAITING) endOf(this.#sent.shift()!);
  }

  delivered(trace: RoundTrace): void {
    if (!this.#hasCheckpoints) return trace.end();
    const round = [...this.#underWay, ...this.#sent].find(other => other.trace === trace);
    if (round !== undefined) round.waiting = trace.begin('checkpoint');
  }

  began(): void {
    this.#underWay = this.#sent;
    this.#sent = [];
  }

  /** That which began: all rounds before are delivered. */
  durable(): void {
    this.#underWay.forEach(endOf);
    this.#underWay = [];
  }

  failed(): void {
    this.#sent = [...this.#underWay, ...this.#sent].slice(-MAX_WAITING);
    this.#underWay = [];
  }
}

type CoveredRound = { readonly trace: RoundTrace; waiting: TraceSpan | null };

function endOf({ trace, waiting }: CoveredRound): void {
  waiting?.end();
  trace.end();
}
