import type { Plan } from '../../../dsl/plan.ts';
import type { Rejection, SymbolTable } from '../../batch.ts';
import type { ArrivalClock } from '../../connector.ts';
import type { Functions } from '../../functions/own-functions.ts';
import type { AlertChange } from '../../operator.ts';
import type { RunObserver } from '../../operators/run-observer.ts';
import type { IsOwned } from '../checkpoint/engine-state.ts';
import type { OperatorTimes } from '../metrics/operator-times.ts';
import type { RowColumns, RowShape } from '../row-batch.ts';

export type BuildOptions = {
  readonly plan: Plan;
  readonly symbols: SymbolTable;
  readonly arrivalClockOf: (stream: string) => ArrivalClock | 'admitted';
  readonly rowStreams: readonly string[];
  /** Of each source. Default 2,000,000. */
  readonly maxKeys?: number | undefined;
  /** Which keys' messages come here. Default: all. */
  readonly isOwned?: IsOwned | undefined;
  /** Default: operators are not timed. */
  readonly times?: OperatorTimes | undefined;
  /** That expressions may call. Default: those of the language. */
  readonly functions?: Functions | undefined;
  readonly onAlert: (change: AlertChange) => void;
  readonly observer?: RunObserver | undefined;
  readonly onRows: (rows: RowColumns, shape: RowShape) => void;
  readonly onRejected: (rejection: Rejection) => void;
};
