import type { Snapshot } from '../../operator.ts';
import { growUint8 } from '../../state/growable.ts';
import { SiteMembers } from './site-members.ts';

/**
 * Active keys of which nobody knows yet to which site they belong: the least of their watermarks holds all sites up. A site whose
 * keys are all idle moves with the arrival clock, and nobody looks at it meanwhile; so until when less held it, or nothing did, is
 * kept: as much as there are such keys, at most, since later holds are lower.
 */
export class UnplacedKeys {
  /** Infinity: nothing holds the sites up. */
  leastUs = Infinity;
  readonly #members = new SiteMembers();
  #isOne = new Uint8Array(0); // by key
  #untilUs: number[] = []; // of earlier holds, the instants of the arrival clock: rising
  #heldUs: number[] = []; // what held until then: falling
  #hasEased = false;

  reserve(keys: number): void {
    this.#isOne = growUint8(this.#isOne, keys);
  }

  add(keyId: number, watermarkUs: number): void {
    this.#isOne[keyId] = 1;
    this.#members.activate(keyId, watermarkUs);
  }

  remove(keyId: number): void {
    this.#isOne[keyId] = 0;
  }

  /** Its id may become another key's. */
  forget(keyId: number): void {
    this.#members.forget(keyId);
    if (keyId < this.#isOne.length) this.#isOne[keyId] = 0;
  }

  /** After all that an instant says of keys. `watermarkUs`: by key. */
  note(atUs: number, watermarkUs: Float64Array): void {
    const leastUs = this.#members.leastUs(watermarkUs, this.#isOne);
    if (leastUs === this.leastUs) return;
    const greaterUs = Math.max(leastUs, this.leastUs);
    while (this.#heldUs.length > 0 && this.#heldUs.at(-1)! <= greaterUs) {
      this.#heldUs.pop();
      this.#untilUs.pop();
    }
    if (leastUs < this.leastUs) {
      this.#heldUs.push(this.leastUs);
      this.#untilUs.push(atUs);
    } else {
      this.#hasEased = true;
    }
    this.leastUs = leastUs;
  }

  /** Whether sites that were held up may move since this was asked for the last time. */
  takeEased(): boolean {
    const hasEased = this.#hasEased;
    this.#hasEased = false;
    return hasEased;
  }

  /** How far a site has come since an instant, which without these would be at `timeAtUs`. */
  letsComeToUs(sinceUs: number, atUs: number, timeAtUs: (atUs: number) => number): number {
    const nowUs = timeAtUs(atUs);
    let comesToUs = Math.min(nowUs, this.leastUs);
    for (let i = this.#untilUs.length - 1; comesToUs < nowUs && i >= 0 && this.#untilUs[i]! > sinceUs; i--) {
      comesToUs = Math.max(comesToUs, Math.min(timeAtUs(this.#untilUs[i]!), this.#heldUs[i]!));
    }
    return comesToUs;
  }

  get stateBytes(): number {
    return this.#isOne.byteLength;
  }

  /** Of earlier holds. The keys are added again. */
  snapshot(): Snapshot {
    return { untilUs: Float64Array.from(this.#untilUs), heldUs: Float64Array.from(this.#heldUs) };
  }

  restore(snapshot: Snapshot): void {
    this.#untilUs = [...(snapshot['untilUs'] as Float64Array)];
    this.#heldUs = [...(snapshot['heldUs'] as Float64Array)];
  }

  /** After all keys are added again. */
  resume(watermarkUs: Float64Array): void {
    this.leastUs = this.#members.leastUs(watermarkUs, this.#isOne);
  }
}
