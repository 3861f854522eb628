import type { Plan, RouteNode } from '../../dsl/plan.ts';
import type { Rejection, SymbolTable } from '../batch.ts';
import type { Connector, OpenStretch, RowBatch, StoreRefusal } from '../connector.ts';
import type { AlertChange } from '../operator.ts';
import type { RecordedInput } from '../recorded-input.ts';
import type { Backlog } from './backlog-watch.ts';
import type { CheckpointTimes } from './checkpoint/checkpoints.ts';
import type { Platform } from './platform.ts';
import type { StateBudgets } from './state-budget.ts';
import type { Tracer } from './trace/tracer.ts';
import type { KeyShare } from '../state/key-share.ts';

export type JobOptions = {
  readonly plan: Plan;
  readonly connectors: ReadonlyMap<string, Connector>;
  /** Where the plan's series are stored; none: they are not. */
  readonly store?: Connector | undefined;
  /** Reads what the store has, for windows of new rules to be filled from; absent: they start empty. */
  readonly openStretch?: OpenStretch | undefined;
  /** What the sources give has passed an arrival gate before: no event of it is too far ahead. */
  readonly areSourcesAdmitted?: boolean;
  /** Symbols that others know as well: none is freed here. Default: its own. */
  readonly symbols?: SymbolTable;
  /** Rows that the store cannot hold; the rows beside them are durable. */
  readonly onStoreRefused?: (refusal: StoreRefusal) => void;
  /** Default: this machine. */
  readonly platform?: Platform;
  /**
   * Threads that share the keys among them; what comes out is the same for any number. 0: all is done on the calling
   * thread, which is quickest for small inputs. Default 0.
   */
  readonly workerCount?: number;
  /** Where a stream is read from instead of its own address. */
  readonly sources?: Readonly<Record<string, SourceAddress>>;
  /** What shapes results beside the sources: the plan's operators hear of it. The job closes them. */
  readonly inputs?: readonly RecordedInput[];
  /** Streams whose rows `onRows` gets. */
  readonly rowStreams?: readonly string[];
  readonly speed?: number | 'max';
  readonly isFollowed?: boolean;
  /** Ends, as if it were asked to, when live sources have nothing left to read. */
  readonly isDrained?: boolean;
  /** Sources wait for each other by themselves, so that none is held up for others here. */
  readonly areSourcesPaced?: boolean;
  readonly stateDirectory?: string | null;
  readonly checkpointEveryMs?: number | undefined;
  /** How many keys each stream may have at one time; events of others are rejected (MR4021). Default 2,000,000. */
  readonly maxKeys?: number | undefined;
  /**
   * Of all keys, those that this job runs; others run elsewhere. Rules that need all keys together cannot be shared (see
   * `isSharable`). What cannot be read at all is told by share 0. Default: all keys.
   */
  readonly share?: KeyShare;
  /**
   * Where other shares of a source with an end are run elsewhere: the newest event time of all of them, of the one that is known
   * here (−Infinity: there is no key). Default: all keys are here.
   */
  readonly newestOfAll?: (stream: string, newestUs: number) => Promise<number>;
  /** URLs of modules of functions, which the plan may call: each thread loads them. */
  readonly functions?: readonly string[];
  /** What state may take. Default: anything. */
  readonly budgets?: StateBudgets | undefined;
  /** Routes that the program shows itself, through `onRows` and `onAlert`: no sink is opened for them. */
  readonly isRouteShown?: (route: RouteNode) => boolean;
  readonly onRows?: (batch: RowBatch) => void;
  readonly onAlert?: (change: AlertChange) => void;
  readonly onRejected?: (rejection: Rejection) => void;
  /** After each batch; `share` of the input is 0..1, or null where its size is not known. */
  readonly onProgress?: (progress: { readonly share: number | null; readonly events: number }) => void;
  /** Every few seconds, of live sources: also while nothing is read. */
  readonly onBacklog?: (backlog: Backlog) => void;
  /** Awaited after each batch: who shows results slowly holds up the sources. */
  readonly drained?: () => Promise<void>;
  readonly onWarning?: (warning: JobWarning) => void;
  /** Default: nothing is traced. */
  readonly tracer?: Tracer | undefined;
  /** What sinks wait for, whenever that changes; nothing: all of them take what they are given. */
  readonly onSinksWaiting?: (causes: readonly JobWarning[]) => void;
  /** A checkpoint is durable. */
  readonly onCheckpoint?: (times: CheckpointTimes) => void;
  readonly signal: AbortSignal;
};

export type SourceAddress = { readonly connector: string; readonly address: string; readonly directory: string };

/** What a user should know, and that stops nothing. Its code has a page. */
export type JobWarning = { readonly code: string; readonly message: string; readonly hint?: string };
