/**
 * One thing that happens to a partial match, and what it brings about in the order of these lists: values of groups are put
 * aside, rows bound, bindings of alternatives that lost let go of; absences and times of parts begin to run.
 */
export class Move {
  readonly saves: number[] = []; // groups
  readonly binds: number[] = []; // events
  readonly clears: Cleared[] = [];
  readonly starts: number[] = []; // absences
  readonly begins: number[] = []; // parts with a `within`
  /** Whether the row is one of a stream that a step names: it ends what `~>` waits for. */
  readonly isStepRow: boolean;
  readonly #events: number; // which it is, bit by bit
  readonly #eventOfAbsence: readonly number[];

  constructor(row: { readonly events: number; readonly isStepRow: boolean }, eventOfAbsence: readonly number[]) {
    this.#events = row.events;
    this.isStepRow = row.isStepRow;
    this.#eventOfAbsence = eventOfAbsence;
  }

  is(event: number): boolean {
    return (this.#events & (1 << event)) !== 0;
  }

  breaks(absence: number): boolean {
    return this.is(this.#eventOfAbsence[absence]!);
  }

  /** The same row for a part that others share it with: what it brings about counts once it is joined. */
  fork(): Move {
    return new Move({ events: this.#events, isStepRow: this.isStepRow }, this.#eventOfAbsence);
  }

  /** The same row where another part has taken it. */
  taken(): Move {
    return new Move({ events: 0, isStepRow: this.isStepRow }, this.#eventOfAbsence);
  }

  join(move: Move): void {
    this.saves.push(...move.saves);
    this.binds.push(...move.binds);
    this.clears.push(...move.clears);
    this.starts.push(...move.starts);
    this.begins.push(...move.begins);
  }
}

/** What was bound to these events since the group's round began is bound no more. */
export type Cleared = { readonly group: number; readonly events: number };
