import type { Field, MatchNode } from '../../dsl/plan.ts';
import type { Column, SymbolTable } from '../batch.ts';
import type { Downstream, Dropped, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import type { MatchObserver } from '../pattern/match-observer.ts';
import { Matcher } from '../pattern/matcher.ts';
import { restoreMatcher, snapshotMatcher } from '../pattern/matcher-state.ts';
import { RowEvents } from '../pattern/row-events.ts';
import { copyValue } from '../state/columns.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { DerivedRows } from './derived-rows.ts';
import { maskOf } from './mask.ts';
import type { RunObserver } from './run-observer.ts';

/**
 * Matches of a pattern as rows of their own, with the values that are bound. A row has the time of the match's last event, or
 * of the instant at which time alone made it complete; the stream's watermark is that of the events.
 */
export class Match implements RowsOperator {
  readonly node: MatchNode;
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #keys: KeyDictionary;
  readonly #rowEvents: RowEvents;
  readonly #matcher: Matcher;
  readonly #observer: MatchObserver | null;
  readonly #columns: readonly Column[];
  readonly #output: DerivedRows;

  constructor(
    node: MatchNode,
    context: OperatorContext & { downstream: Downstream; keys: KeyDictionary; observer?: RunObserver | undefined },
  ) {
    this.node = node;
    this.#input = context.input;
    this.#downstream = context.downstream;
    this.#keys = context.keys;
    this.#output = new DerivedRows(context);
    this.#rowEvents = new RowEvents(node, context.input);
    this.#matcher = new Matcher(node, context, {
      row: (timeUs, place) => this.#append(timeUs, place),
    });
    this.#columns = this.#matcher.slots.values.columns;
    this.#observer = this.#observed(context);
  }

  get source(): string {
    return this.#matcher.tests.source;
  }

  get memory() {
    const { slots, tests } = this.#matcher;
    return { bytesPerKey: 28 + tests.lookedBack.bytesPerKey, plus: `${slots.bytesPerMatch} bytes per partial match` };
  }

  get reachedEvents(): number {
    return this.#matcher.slots.reachedEvents;
  }

  takeDropped(): Dropped | null {
    const { dropped } = this.#matcher;
    if (dropped === null) return null;
    this.#matcher.dropped = null;
    const { keyId, timeUs, count } = dropped;
    const { id, maxPartial } = this.node;
    return { node: id, of: 'matches', max: maxPartial, key: this.#keys.values(keyId), timeUs, count };
  }

  process(frame: Frame): Frame | undefined {
    const matcher = this.#matcher;
    matcher.reserveKeys(this.#keys.size);
    matcher.open(frame);
    this.#output.start();
    const mask = maskOf(frame, this.#input);
    const bits = this.#rowEvents.of(frame, mask);
    const tells = this.#downstream.hasRekey || this.#downstream.hasTimers || this.#observer !== null;
    const { interest, dueUs } = matcher;
    const { length, keyIds, watermarkUs, arrivalUs } = frame;
    const isOfRows = frame.rows === undefined; // else time has come for a key without one
    const waits = tells ? 'for all' : isOfRows && matcher.isSilent ? 'for rows' : 'for rows and time';
    for (
      let i = nextLooked(frame, bits, matcher, waits, 0);
      i < length;
      i = nextLooked(frame, bits, matcher, waits, i + 1)
    ) {
      const keyId = keyIds[i]!;
      const nowUs = watermarkUs[i]!;
      this.#output.set(keyId, arrivalUs[i]!);
      if (dueUs[keyId]! <= nowUs) matcher.moveTo(keyId, nowUs);
      this.#output.advance(nowUs);
      if (this.#observer !== null && frame.hasRows && mask?.[i] !== 0) this.#observer.row(keyId, nowUs);
      if ((bits[i]! & interest[keyId]!) !== 0) matcher.take(keyId, i, bits[i]!);
    }
    return this.#output.take();
  }

  get isWaitedFor(): boolean {
    return !this.#matcher.isSilent || this.#observer !== null || this.#downstream.isWaitedFor;
  }

  nextDueUs(keyId: number): number {
    const { dueUs } = this.#matcher;
    const ownUs = keyId < dueUs.length ? dueUs[keyId]! : Infinity;
    return Math.min(ownUs, this.#downstream.nextDueUs(keyId));
  }

  hasRowsToCome(keyId: number): boolean {
    return this.#matcher.hasRowsToCome(keyId);
  }

  watermarkUs(_keyId: number, inputUs: number): number {
    return inputUs;
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    this.#matcher.reserveKeys(this.#keys.size);
    return snapshotMatcher(this.#matcher, keyIds);
  }

  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#matcher.reserveKeys(this.#keys.size);
    restoreMatcher(this.#matcher, snapshot, keyIds);
  }

  forget(keyId: number): void {
    this.#matcher.forget(keyId);
  }

  get stateBytes(): number {
    return this.#matcher.stateBytes;
  }

  #observed({
    observer,
    keys,
    symbols,
  }: {
    readonly keys: KeyDictionary;
    readonly symbols: SymbolTable;
    readonly observer?: RunObserver | undefined;
  }): MatchObserver | null {
    if (observer?.pattern?.node !== this.node.id) return null;
    return (this.#matcher.observer = observer.pattern.observe({ slots: this.#matcher.slots, keys, symbols }));
  }

  #append(timeUs: number, place: number): void {
    const row = this.#output.open(timeUs, this.#columns);
    for (let c = 0; c < this.#columns.length; c++) copyValue(this.#columns[c]!, place, this.#output.columns[c]!, row);
  }
}

/** What an entry has to be, that more than this loop looks at it. */
type Looked = 'for all' | 'for rows' | 'for rows and time';

/** The next entry from `i` on that something looks at. No call in the loop: see KeyDictionary. benchmark: patterns */
function nextLooked(
  { length, keyIds, watermarkUs }: Frame,
  bits: Int32Array,
  { interest, dueUs }: Pick<Matcher, 'interest' | 'dueUs'>,
  waits: Looked,
  i: number,
): number {
  if (waits === 'for all') return i;
  if (waits === 'for rows') {
    while (i < length && (bits[i] === 0 || (bits[i]! & interest[keyIds[i]!]!) === 0)) i++;
    return i;
  }
  for (; i < length; i++) {
    const keyId = keyIds[i]!;
    if ((bits[i]! & interest[keyId]!) !== 0 || dueUs[keyId]! <= watermarkUs[i]!) return i;
  }
  return i;
}

/** The columns of the rows, in the order of the frame's slots. */
export function matchRowFields(key: readonly Field[], { values }: MatchNode): Field[] {
  return [...key, ...values.map(({ name, type }) => ({ name, type }))];
}
