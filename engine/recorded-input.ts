import type { Position } from './connector.ts';
import type { Snapshot } from './operator.ts';

/**
 * One entry of a recorded input: what shapes results beside events, and is rare and small: a change of a table, what an
 * operator did. All workers are told of it. In the order of each source it has one place, behind what arrived up to then
 * and before what arrives later (docs/decisions/0012).
 */
export type InputEntry = {
  /** Of all inputs of a job, from 1. */
  readonly sequence: number;
  /** Whose entry it is: the id of a plan's node, or a built-in stream. */
  readonly input: string;
  /** Never falls with the sequence; −Infinity: it was there before the first event. */
  readonly arrivalUs: number;
  /** Sources whose arrival clock was further than `arrivalUs` when it came: there it has its place at that. */
  readonly ahead: Readonly<Record<string, number>>;
  /** Texts in it that are compared as symbols: SymbolTable.idOf knows them wherever the entry is heard. */
  readonly texts: readonly string[];
  readonly content: Snapshot;
};

/** The place of an entry on the arrival clock of a source. */
export function placeUs({ arrivalUs, ahead }: InputEntry, stream: string): number {
  return Object.hasOwn(ahead, stream) ? Math.max(arrivalUs, ahead[stream]!) : arrivalUs;
}

/** What hears the entries of an input: an operator, or what operators share. Calls come between two frames. */
export interface InputListener {
  readonly input: string;
  /** Everything that was due up to `atUs` is done. What changes of a key is announced before it changes. */
  hear(entry: InputEntry, atUs: number, willChange: (keyId: number) => void): void;
  /** After a restore: it was heard before the state was saved. Absent where all that it did is in the state. */
  recall?(entry: InputEntry): void;
}

/**
 * Where the entries of an input come from. Calls: `take` with each entry that a checkpoint or the log holds; then `next`,
 * between two rounds, when a job starts and whenever `changed` has resolved. What it gives is made durable, given to `take`,
 * and told to the workers before another event is handled; where it cannot be made durable, `next` is asked again.
 */
export interface RecordedInput {
  readonly input: string;
  take(entry: InputEntry): void;
  /** What is new now, oldest first. */
  next(options: NextOptions): Promise<NewEntries>;
  /** Resolves when there may be something new, or as soon as the signal aborts. */
  changed(signal: AbortSignal): Promise<void>;
  /** Of entries, oldest first, whose effect lies behind all sources: those that `recall` still needs, cut to that. */
  compact(entries: readonly InputEntry[]): readonly InputEntry[];
  close(): Promise<void>;
}

export type NextOptions = {
  /** The arrival of what is new; −Infinity: nothing was handled before. */
  readonly arrivalUs: number;
  readonly position: Position | null; // behind the newest entry
};

/** `place`: that which it had when it came; absent: it comes now. */
export type NewEntry = Pick<InputEntry, 'texts' | 'content'> & {
  readonly place?: Pick<InputEntry, 'arrivalUs' | 'ahead'>;
};

export type NewEntries = {
  readonly entries: readonly NewEntry[];
  readonly position: Position | null;
};
