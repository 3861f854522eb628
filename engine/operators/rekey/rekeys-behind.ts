/** What of a rekey its input's keys are told to. */
type ToldOfKeys = {
  beforeEvent(keyId: number, atUs: number): void;
  hear(keyId: number, atUs: number): void;
  runEnd(keyIds: Uint32Array, start: number, end: number): number;
};

/** The rekeys that make sites of the keys of one table, directly or behind windows. */
export class RekeysBehind {
  #rekeys: readonly ToldOfKeys[] = [];

  get isEmpty(): boolean {
    return this.#rekeys.length === 0;
  }

  add(rekey: ToldOfKeys): void {
    this.#rekeys = [...this.#rekeys, rekey];
  }

  remove(rekey: ToldOfKeys): void {
    this.#rekeys = this.#rekeys.filter(other => other !== rekey);
  }

  /** The clock of a key is about to hear of an event. */
  beforeEvent(keyId: number, atUs: number): void {
    for (const rekey of this.#rekeys) rekey.beforeEvent(keyId, atUs);
  }

  /** Up to where the events of these keys may be handled as one run; `start`: each has to be handled by itself. */
  runEnd(keyIds: Uint32Array, start: number, end: number): number {
    let least = end;
    for (const rekey of this.#rekeys) least = rekey.runEnd(keyIds, start, least);
    return least;
  }

  /** An event of the key has arrived, and was not late. */
  hear(keyId: number, atUs: number): void {
    for (const rekey of this.#rekeys) rekey.hear(keyId, atUs);
  }
}
