import { growInt32 } from '../../state/growable.ts';

/** Which rules watch which keys: a list for each key, of few mostly. Rules are numbers. */
export class WatchedKeys {
  /** By key id, plus 1: where its list begins; 0, or beyond its end: nobody watches it. */
  firstOf: Int32Array = new Int32Array(0);
  /** Pairs of a rule and a key. */
  count = 0;
  #rules = new Int32Array(0);
  #next = new Int32Array(0); // plus 1; 0: none
  #used = 0;
  readonly #free: number[] = []; // bound: the pairs that were at one time

  reserve(keyCount: number): void {
    this.firstOf = growInt32(this.firstOf, keyCount);
  }

  add(keyId: number, rule: number): void {
    this.reserve(keyId + 1);
    const place = this.#free.pop() ?? this.#used++;
    this.#rules = growInt32(this.#rules, place + 1);
    this.#next = growInt32(this.#next, place + 1);
    this.#rules[place] = rule;
    this.#next[place] = this.firstOf[keyId]!;
    this.firstOf[keyId] = place + 1;
    this.count++;
  }

  remove(keyId: number, rule: number): void {
    let before = -1;
    for (let place = this.firstOf[keyId]! - 1; place >= 0; place = this.#next[place]! - 1) {
      if (this.#rules[place] === rule) {
        if (before < 0) this.firstOf[keyId] = this.#next[place]!;
        else this.#next[before] = this.#next[place]!;
        this.#free.push(place);
        this.count--;
        return;
      }
      before = place;
    }
  }

  /** Writes the rules that watch a key, from the first to the last in the file; returns how many. */
  write(keyId: number, rules: number[]): number {
    let count = 0;
    let place = keyId < this.firstOf.length ? this.firstOf[keyId]! - 1 : -1;
    for (; place >= 0; place = this.#next[place]! - 1) {
      let i = count++;
      for (; i > 0 && rules[i - 1]! > this.#rules[place]!; i--) rules[i] = rules[i - 1]!;
      rules[i] = this.#rules[place]!;
    }
    return count;
  }

  forEach(keyId: number, use: (rule: number) => void): void {
    let place = keyId < this.firstOf.length ? this.firstOf[keyId]! - 1 : -1;
    for (; place >= 0; place = this.#next[place]! - 1) use(this.#rules[place]!);
  }
}
