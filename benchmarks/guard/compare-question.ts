import { spreadOf } from '../spread.ts';
import { Answerer } from './answerer.ts';
import { likelihoodOfLoss, middleOf } from './signed-rank.ts';

/** Of each pair of processes. */
const PASSES = 5;
export const CONFIDENCE = 0.95;
/** A loss that matters. */
export const RELEVANT_LOSS = 0.03;

export type Comparison = {
  /** Of the rate of the base: 0.9 is a tenth less. */
  readonly rate: number;
  readonly least: number;
  readonly greatest: number;
  /** How likely such pairs are, if no more than what matters is lost. */
  readonly likelihood: number;
  readonly isLoss: boolean;
};

/**
 * One pair of processes, and passes of both in turn: the middle of the logarithms of how many times the base's time is of ours. What V8
 * makes of a program differs from process to process, so a pair counts once, however many passes it had.
 */
export async function comparePair(question: string, ours: string, base: string): Promise<number> {
  const started = await Promise.allSettled([Answerer.start(base, question), Answerer.start(ours, question)]);
  try {
    const [theirs, own] = started.map(result => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    }) as [Answerer, Answerer]; // as: two were started
    const logs: number[] = [];
    for (let pass = 0; pass < PASSES; pass++) {
      const isBaseFirst = pass % 2 === 0;
      const firstMs = await (isBaseFirst ? theirs : own).passMs();
      const secondMs = await (isBaseFirst ? own : theirs).passMs();
      logs.push(isBaseFirst ? Math.log(firstMs / secondMs) : Math.log(secondMs / firstMs));
    }
    return spreadOf(logs).median;
  } finally {
    for (const result of started) if (result.status === 'fulfilled') result.value.stop();
  }
}

export function compare(logs: readonly number[]): Comparison {
  const { middle, least, greatest } = middleOf(logs, CONFIDENCE);
  const likelihood = likelihoodOfLoss(logs.map(log => log - Math.log(1 - RELEVANT_LOSS)));
  return {
    rate: Math.exp(middle),
    least: Math.exp(least),
    greatest: Math.exp(greatest),
    likelihood,
    isLoss: likelihood <= 1 - CONFIDENCE,
  };
}
