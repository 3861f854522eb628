import { type AlertChangeKind, ARRIVAL_CHANGES, type Plan } from '../../../dsl/plan.ts';
import type { Rejection, SymbolTable } from '../../batch.ts';
import type { RowBatch } from '../../connector.ts';
import type { AlertChange } from '../../operator.ts';
import { rejectionsOf } from './rejection-order.ts';
import { alertsInOrder, ruleOrderOf } from '../alerts-in-order.ts';
import type { LateMark } from '../revision/late-marks.ts';
import { type RowColumns, type RowOrder, type RowShape, RowsOfParts } from '../row-batch.ts';
import type { DoneMessage } from './worker-protocol.ts';

/** What all workers gave for one round, in one order. */
export type RoundOutput = {
  readonly rows: readonly RowBatch[];
  readonly alerts: readonly AlertChange[];
  readonly rejected: readonly Rejection[];
};

/** A round as it came back. */
export type RoundDone = {
  readonly output: RoundOutput;
  /** Sources of which so much waits for others that they are not to be read on. */
  readonly full: readonly string[];
  /** Of the round's source, where it was asked for; −Infinity: it has no keys. */
  readonly newestUs: number | null;
  /** Since the workers started. */
  readonly late: number;
  readonly repeated: number;
  readonly forgotten: number;
  /** Of this round. */
  readonly marks: readonly LateMark[];
  readonly tooLate: number;
};

/**
 * Puts together what the workers gave, in an order that does not depend on how many they are: rows by stream as the plan
 * names them, and within one by (time, key); alerts by (time, key, rule). Of one key, and rule, they stay in the order in
 * which they came.
 */
export class RoundOrder {
  readonly #shapes: Readonly<Record<string, RowShape>>;
  readonly #symbols: SymbolTable;
  readonly #streams: readonly string[];
  readonly #ruleOrder: ReadonlyMap<string, number>;
  #forgotten = 0; // since the workers started

  constructor(options: {
    readonly plan: Plan;
    readonly shapes: Readonly<Record<string, RowShape>>;
    readonly symbols: SymbolTable;
  }) {
    this.#shapes = options.shapes;
    this.#symbols = options.symbols;
    this.#streams = options.plan.nodes.map(node => node.id).filter(id => Object.hasOwn(options.shapes, id));
    this.#ruleOrder = ruleOrderOf(options.plan);
  }

  /** Of one round, by worker. */
  merge(answers: readonly DoneMessage[]): RoundDone {
    const newest = answers.map(answer => answer.newestUs).filter(newestUs => newestUs !== null);
    const forgotten = answers.reduce((sum, answer) => sum + answer.forgotten, 0);
    const mayKeysReturn = forgotten > this.#forgotten;
    this.#forgotten = forgotten;
    return {
      output: {
        rows: this.#rows(
          answers.flatMap(answer => answer.rows),
          mayKeysReturn ? 'by-risen-time' : 'by-time',
        ),
        alerts: this.#alerts(
          answers.flatMap(answer => answer.alerts),
          mayKeysReturn,
        ),
        rejected: rejectionsOf(answers),
      },
      full: answers.flatMap(answer => answer.full),
      newestUs: newest.length === 0 ? null : Math.max(...newest),
      late: answers.reduce((sum, answer) => sum + answer.late, 0),
      repeated: answers.reduce((sum, answer) => sum + answer.repeated, 0),
      forgotten,
      marks: answers.flatMap(answer => answer.marks),
      tooLate: tooLateIn(answers),
    };
  }

  #rows(parts: readonly RowColumns[], order: RowOrder): RowBatch[] {
    if (parts.length === 0) return [];
    const byStream = Map.groupBy(parts, part => part.stream);
    return this.#streams.flatMap(stream => {
      const own = byStream.get(stream);
      if (own === undefined) return [];
      const shape = this.#shapes[stream]!;
      const ownOrder = shape.hasRevisions === true ? 'by-risen-time' : order;
      return [new RowsOfParts(own, { shape, symbols: this.#symbols, order: ownOrder })];
    });
  }

  #alerts(changes: readonly AlertChange[], mayKeysReturn: boolean): readonly AlertChange[] {
    // Of one alert they stay in order, though some are on another clock than others.
    const isOfTwoClocks = changes.some(({ change }) => isOfArrival(change));
    return alertsInOrder(changes, { ruleOrder: this.#ruleOrder, mayFall: mayKeysReturn || isOfTwoClocks });
  }
}

/** What is too late for windows of both kinds is counted by both. */
function tooLateIn(answers: readonly DoneMessage[]): number {
  const sumOf = (kind: keyof DoneMessage['tooLate']) => {
    const counts = answers.flatMap(({ tooLate }) => tooLate[kind] ?? []);
    return counts.length === 0 ? [] : [counts.reduce((sum, count) => sum + count, 0)];
  };
  const sums = [...sumOf('ofKeys'), ...sumOf('ofSites')];
  return sums.length === 0 ? 0 : Math.min(...sums);
}

function isOfArrival(change: AlertChangeKind): boolean {
  return ARRIVAL_CHANGES.some(known => known === change);
}
