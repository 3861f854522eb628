import type { Plan } from '../../../dsl/plan.ts';
import type { Column, PackedTexts, Rejection } from '../../batch.ts';
import type { FunctionTrouble } from '../../functions/own-functions.ts';
import type { AlertChange, Dropped } from '../../operator.ts';
import type { InputEntry } from '../../recorded-input.ts';
import type { KeyShare } from '../../state/key-share.ts';
import type { PartReference } from '../checkpoint/checkpoint-store.ts';
import type { StateExtent } from '../checkpoint/engine-state.ts';
import type { KeysHeard } from '../keys-heard.ts';
import type { WorkerReport } from '../metrics/worker-report.ts';
import type { Revised, RevisedKeys } from '../revision/host-revision.ts';
import type { LateMark } from '../revision/late-marks.ts';
import type { RowColumns, RowShape } from '../row-batch.ts';

/**
 * What the main thread says to a worker. In order; each `round` is answered by a `done`, each `barrier` by a `part`, each
 * `ask` by a `report`, each `revise` by a `revised`.
 */
export type ToWorker =
  | StartMessage
  | RoundMessage
  | EntriesMessage
  | BarrierMessage
  | PauseMessage
  | AskMessage
  | ReviseMessage;

export type StartMessage = {
  readonly kind: 'start';
  readonly workerIndex: number;
  readonly workerCount: number;
  readonly plan: Plan;
  readonly rowStreams: readonly string[];
  /** What rules compare with; then what else is known. */
  readonly literals: PackedTexts;
  readonly symbols: PackedTexts;
  /** URLs of modules of functions. */
  readonly functions: readonly string[];
  /** Of each source; undefined: the default. */
  readonly maxKeys: number | undefined;
  /** Of all keys, those that this process has; null: all. */
  readonly share: KeyShare | null;
  /** Rules that do not run. */
  readonly paused: readonly string[];
  /** Of recorded inputs, whose texts are among the literals: heard before the state was saved, or to be heard. */
  readonly entries: readonly InputEntry[];
  /** Go on from these parts, oldest first; null: start empty. */
  readonly restored: RestoredState | null;
};

export type RestoredState = {
  readonly parts: readonly PartReference[];
  /** By node id: the stored state that it takes over; what is not there starts empty. */
  readonly kept: Readonly<Record<string, KeptNode>>;
  /** Of nodes that were filled from stored series; absent: none was. */
  readonly filled?: readonly PartReference[];
};

/** Of a node's state: whose it was, by which keys, and under which names its parts are stored. */
export type KeptNode = {
  readonly from: string;
  readonly fromTable: string;
  /** From the names of its parts now to the stored ones; null: they are the same. */
  readonly names: Readonly<Record<string, string>> | null;
  /** It is in the parts that were filled: of keys that the stream knows. */
  readonly isFilled?: true;
};

/** Everything of one source up to an instant of its arrival clock. */
export type RoundMessage = {
  readonly kind: 'round';
  readonly round: number;
  readonly stream: string;
  /** The events whose keys are this worker's. */
  readonly own: BatchColumns | null;
  /** All events, where a lane of this source runs here; `own`: the same as those. */
  readonly whole: BatchColumns | 'own' | null;
  /** What was rejected of the source, shared in the same way; null: nothing, or no stream is made of it. */
  readonly rejected: RejectedShare | null;
  /** Of the source's first message, whose ever; Infinity: none has come. */
  readonly firstUs: number;
  /** Keys of messages that were rejected, of all workers, where silence is watched. */
  readonly heard: KeysHeard | null;
  /** After the events: nothing arrives before this any more. */
  readonly arrivalUs: number;
  /** `ask`: how far the keys here have come is wanted; a time: the source has ended, with this as its newest event time. */
  readonly end: 'ask' | number | null;
  /** Before the new ones are taken: symbols that nothing refers to any more. */
  readonly freed: readonly number[];
  /** Texts that this worker has not seen yet. */
  readonly symbols: readonly PackedTexts[];
};

export type RejectedShare = { readonly side: string } & Pick<RoundMessage, 'own' | 'whole'>;

/** Entries of recorded inputs: at their places, they are heard in the rounds that follow. */
export type EntriesMessage = {
  readonly kind: 'entries';
  readonly entries: readonly InputEntry[];
  /** As of a round. */
  readonly freed: readonly number[];
  readonly symbols: PackedTexts;
  /** The symbols of their texts. */
  readonly literals: readonly number[];
};

export type BatchColumns = {
  readonly length: number;
  readonly timeUs: Float64Array;
  readonly arrivalUs: Float64Array;
  readonly columns: readonly Column[];
};

/** Between two rounds: the state as it is here goes into this file. */
export type BarrierMessage = {
  readonly kind: 'barrier';
  readonly checkpoint: number;
  readonly path: string;
  /** `all`: whatever earlier parts hold does not count any more. */
  readonly extent: StateExtent;
  /** With all of the state: which of so many symbols it refers to is wanted. */
  readonly symbolCount: number;
};

/** These rules stop here, between two rounds, and their state is let go of. */
export type PauseMessage = { readonly kind: 'pause'; readonly rules: readonly string[] };

/** How it is there is wanted. */
export type AskMessage = { readonly kind: 'ask' };

/** Between two rounds: a step of computing the past of some keys again, all of this worker. */
export type ReviseMessage = {
  readonly kind: 'revise';
  readonly step: ReviseStep;
  /** Texts that this worker has not seen yet. */
  readonly symbols: PackedTexts | null;
};

/** One `begin`, some `events`, one `end` or `give-up`; then the next revision may begin. */
export type ReviseStep =
  /** `window` is the id of a node; what comes of the keys from now on is kept aside. */
  | { readonly kind: 'begin'; readonly window: string; readonly keys: RevisedKeys }
  /** That are stored, in order of time; columns as of a batch of the source. `isNew`: 1 of late ones that nothing was computed with yet. */
  | { readonly kind: 'events'; readonly events: BatchColumns; readonly isNew: Uint8Array }
  /** What is kept of the keys is replaced. `isWhole`: nothing else of them is stored. `fromUs`: nothing is another before. */
  | { readonly kind: 'end'; readonly isWhole: boolean; readonly fromUs: number }
  | { readonly kind: 'give-up' };

export type FromWorker = ReadyMessage | DoneMessage | PartMessage | ReportMessage | RevisedMessage | FailedMessage;

export type RevisedMessage = { readonly kind: 'revised'; readonly answer: ReviseAnswer };

export type ReviseAnswer =
  /** By key: everything up to there is done; −Infinity: the worker knows nothing of it. */
  | { readonly kind: 'begun'; readonly watermarkUs: Float64Array }
  | { readonly kind: 'fed' }
  | Revised
  | { readonly kind: 'given-up' };

/** Once, after `start`. */
export type ReadyMessage = {
  readonly kind: 'ready';
  /** Of the streams whose rows this worker may give. */
  readonly shapes: Readonly<Record<string, RowShape>>;
  /** Ids of alerts that fire by the state of rules that were filled. */
  readonly firing: readonly string[];
};

export type DoneMessage = {
  readonly kind: 'done';
  readonly round: number;
  readonly rows: readonly RowColumns[];
  readonly alerts: readonly AlertChange[];
  readonly rejected: readonly Rejection[];
  /** By the lanes of sources whose events are handled by key as well: mostly the same events. */
  readonly rejectedInLanes: readonly Rejection[];
  /** Sources of which so much waits for others that they are not to be read on. */
  readonly full: readonly string[];
  /** The newest event time of the source's keys here, where it was asked for; −Infinity: of none. */
  readonly newestUs: number | null;
  /** Since the worker started. */
  readonly late: number;
  readonly repeated: number;
  readonly forgotten: number;
  /** Keys whose late events are to revise rows, in this round. */
  readonly marks: readonly LateMark[];
  /** Late events of this round that were too late for windows by their own key, and for those by other fields; null: no window here is revised. */
  readonly tooLate: { readonly ofKeys: number | null; readonly ofSites: number | null };
  /** Of functions of the program, in this round. */
  readonly troubles: readonly FunctionTrouble[];
  /** Partial matches, in this round. */
  readonly dropped: readonly Dropped[];
  /** By source and operator; only now and then. */
  readonly stateBytes: Readonly<Record<string, number>> | null;
};

export type ReportMessage = { readonly kind: 'report'; readonly report: WorkerReport };

/** The part is durable; null: it could not be written, for this reason. */
export type PartMessage = {
  readonly kind: 'part';
  readonly checkpoint: number;
  readonly part: PartReference | null;
  readonly error: ErrorValue | null;
  /** Of `all`. */
  readonly usedSymbols: Uint8Array | null;
  /** The longest time for which no event was handled because of it. */
  readonly pauseMs: number;
};

/** The worker cannot go on. */
export type FailedMessage = { readonly kind: 'failed'; readonly error: ErrorValue };

/** An error as a message carries it. */
export type ErrorValue = {
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
  readonly domain: 'user' | 'external' | 'internal';
  readonly retry: 'never' | 'backoff';
  readonly stack: string | null;
};
