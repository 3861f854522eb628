import type { SymbolTable } from '../batch.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import type { Transition } from './automaton.ts';
import type { MatchSlots } from './match-slots.ts';

/**
 * What ends a partial match. `time`: its `within`, or that of a part. By a row: an event of `unless` · `absence`: one that must not
 * come · `strict`: another than `~>` waits for. `skipped`: another match is complete, and `skip past last`. `dropped`: its key has too many.
 */
export type Ending =
  | { readonly kind: 'complete' | 'time' | 'strict' | 'skipped' | 'dropped' }
  | { readonly kind: 'unless' | 'absence'; readonly event: number };

/**
 * Hears what becomes of partial matches, for explanations, which need no speed: of each row and instant in the order in which they are
 * handled. A slot is one partial match from `began` to `ended`; what it is in by then is in the slots.
 */
export type MatchObserver = {
  /** A row of the key is handled next, whatever it is to the pattern · what is due of the key at an instant. */
  row(keyId: number, timeUs: number): void;
  due(keyId: number, timeUs: number): void;
  began(slot: number, keyId: number): void;
  /** A row or an instant will change it. */
  changes(slot: number, transition: Transition, timeUs: number): void;
  /** An absence comes due. */
  passes(slot: number, timeUs: number): void;
  ended(slot: number, ending: Ending, timeUs: number): void;
};

/** Where an observer finds what it is told of. */
export type ObservedMatches = {
  readonly slots: MatchSlots;
  readonly keys: KeyDictionary;
  readonly symbols: SymbolTable;
};
