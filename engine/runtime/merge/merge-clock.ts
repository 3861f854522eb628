import type { Snapshot } from '../../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../../state/gather.ts';
import { growFloat64 } from '../../state/growable.ts';
import { ENTRY_KIND, type WaitingEntries } from '../../state/waiting-entries.ts';

/** Of an input: how much later a row of it may come, and after how long a key of which nothing comes moves on by itself. */
export type InputDelay = { readonly latenessUs: number; readonly quietUs: number };

/** An entry: the time that its input has come to, and since when. */
export type Reached = { readonly timeUs: number; readonly sinceUs: number };

/** The oldest entry of a key that waits, by input; where none does, its time is Infinity. */
export type Oldest = { readonly timeUs: Float64Array; readonly sinceUs: Float64Array };

/**
 * How far each input of a merge has come, by key: what it told last, and when (MEANING.md 5). On the arrival clock, an entry of
 * another input that has come since `sinceUs` waits for an input until that has told of its time, and no longer than the
 * input's lateness; where something of the key has come there in between, which may wait itself, the lateness counts from
 * then. An input of which nothing is told moves on as a silent key does (KeyClock), from the event on that came last. Of n inputs, key k's values are at
 * k·n … k·n + n−1.
 */
export class MergeClock {
  readonly #delays: readonly InputDelay[];
  readonly #quietUs: Float64Array; // by input
  readonly #count: number;
  /** Nothing waits for another input, nor for its own: each entry passes as it comes. */
  readonly isPrompt: boolean;
  #toldUs = new Float64Array(0); // the watermark; −Infinity: nothing was told
  #atUs = new Float64Array(0); // when something was told for the last time
  #lastUs = new Float64Array(0); // the time that was told then
  #cameUs = new Float64Array(0); // when the event had arrived that it was told of: the newest of them
  // By key.
  #handedUs = new Float64Array(0); // what is before is late
  #heardUs = new Float64Array(0); // when anything was told of it for the last time

  constructor(delays: readonly InputDelay[]) {
    this.#delays = delays;
    this.#count = delays.length;
    this.#quietUs = Float64Array.from(delays, ({ quietUs }) => quietUs);
    this.isPrompt = delays.every(({ latenessUs }) => latenessUs === 0);
  }

  reserve(keys: number): void {
    this.#toldUs = growFloat64(this.#toldUs, keys * this.#count, -Infinity);
    this.#atUs = growFloat64(this.#atUs, keys * this.#count, -Infinity);
    this.#lastUs = growFloat64(this.#lastUs, keys * this.#count, -Infinity);
    this.#cameUs = growFloat64(this.#cameUs, keys * this.#count, -Infinity);
    this.#handedUs = growFloat64(this.#handedUs, keys, -Infinity);
    this.#heardUs = growFloat64(this.#heardUs, keys, -Infinity);
  }

  handedUs(keyId: number): number {
    return this.#handedUs[keyId]!;
  }

  handOver(keyId: number, timeUs: number): void {
    if (timeUs > this.#handedUs[keyId]!) this.#handedUs[keyId] = timeUs;
  }

  /** At an instant `atUs` an input tells of a time, of which an event that arrived at `cameUs` is the reason. */
  tell(
    keyId: number,
    input: number,
    { timeUs, atUs, cameUs }: { readonly timeUs: number; readonly atUs: number; readonly cameUs: number },
  ): void {
    const place = keyId * this.#count + input;
    if (timeUs > this.#toldUs[place]!) this.#toldUs[place] = timeUs;
    this.#atUs[place] = atUs;
    this.#heardUs[keyId] = atUs;
    if (cameUs < this.#cameUs[place]!) return; // a row that has waited: a newer event of the key has come since
    this.#lastUs[place] = timeUs;
    this.#cameUs[place] = cameUs;
  }

  /** `tell`, or `tellEnd`, of an entry at its own instant. */
  tellOf(keyId: number, input: number, entries: WaitingEntries, slot: number): void {
    const place = keyId * this.#count + input;
    const timeUs = entries.timeUs(slot);
    const atUs = entries.arrivalUs(slot);
    if (timeUs > this.#toldUs[place]!) this.#toldUs[place] = timeUs;
    this.#heardUs[keyId] = atUs;
    if (entries.kind(slot) === ENTRY_KIND.end) return;
    this.#atUs[place] = atUs;
    const cameUs = entries.cameUs(slot);
    if (cameUs < this.#cameUs[place]!) return;
    this.#lastUs[place] = timeUs;
    this.#cameUs[place] = cameUs;
  }

  /** Where all pass as they come: the rows have come as far as the furthest of the inputs has at an instant. */
  come(keyId: number, atUs: number): void {
    const end = (keyId + 1) * this.#count;
    let handedUs = this.#handedUs[keyId]!;
    for (let place = keyId * this.#count, input = 0; place < end; place++, input++) {
      if (this.#atUs[place]! > atUs) continue;
      const toldUs = this.#toldUs[place]!;
      if (toldUs > handedUs) handedUs = toldUs;
      const lastUs = this.#lastUs[place]!;
      if (lastUs === -Infinity) continue;
      const cameUs = this.#cameUs[place]!;
      const silentUs = lastUs + atUs - (cameUs > lastUs ? cameUs : lastUs) - this.#quietUs[input]!;
      if (silentUs > handedUs) handedUs = silentUs;
    }
    this.#handedUs[keyId] = handedUs;
  }

  /** The input's source is at its end, and has come to a time. */
  tellEnd(keyId: number, input: number, { timeUs, atUs }: { readonly timeUs: number; readonly atUs: number }): void {
    const place = keyId * this.#count + input;
    if (timeUs > this.#toldUs[place]!) this.#toldUs[place] = timeUs;
    this.#heardUs[keyId] = atUs;
  }

  /** When anything was told of the key for the last time; −Infinity: nothing was. */
  heardUs(keyId: number): number {
    return this.#heardUs[keyId]!;
  }

  /** When the other inputs let an entry of this one pass, if nothing more is told. */
  passesUs(keyId: number, input: number, entry: Reached): number {
    if (this.isPrompt) return entry.sinceUs;
    let passesUs = entry.sinceUs;
    for (let other = 0; other < this.#count; other++) {
      if (other !== input) passesUs = Math.max(passesUs, this.#letsPassUs(keyId, other, entry));
    }
    return passesUs;
  }

  /** When the input comes to a time by itself; Infinity: never. */
  reachesUs(keyId: number, input: number, timeUs: number): number {
    const place = keyId * this.#count + input;
    const lastUs = this.#lastUs[place]!;
    if (lastUs === -Infinity) return Infinity;
    const silentUs = Math.max(this.#cameUs[place]!, lastUs) + (timeUs - lastUs) + this.#delays[input]!.quietUs;
    return Math.max(this.#atUs[place]!, silentUs);
  }

  /** When the rows come to a time though none is handed over, if nothing more is told. Nothing older than that waits. */
  comesToUs(keyId: number, timeUs: number, oldest: Oldest): number {
    if (this.isPrompt) return this.#silenceReachesUs(keyId, timeUs);
    let comesUs = Infinity;
    for (let input = 0; input < this.#count; input++) {
      const isWaiting = oldest.timeUs[input]! < Infinity;
      const sinceUs = isWaiting ? oldest.sinceUs[input]! : this.reachesUs(keyId, input, timeUs);
      if (sinceUs < comesUs) comesUs = Math.min(comesUs, this.passesUs(keyId, input, { timeUs, sinceUs }));
    }
    return comesUs;
  }

  /** How far the rows have come at an instant though none is handed over: no further than to what waits. */
  reachedUs(keyId: number, atUs: number, oldest: Oldest): number {
    if (this.isPrompt) return this.#furthestUs(keyId, atUs);
    let reachedUs = -Infinity;
    let limitUs = Infinity;
    for (let input = 0; input < this.#count; input++) {
      limitUs = Math.min(limitUs, oldest.timeUs[input]!);
      let inputUs = this.#levelUs(keyId, input, atUs, oldest);
      for (let other = 0; other < this.#count && inputUs > reachedUs; other++) {
        if (other === input) continue;
        const passedUs = this.#levelUs(keyId, input, this.#lookBackUs(keyId, other, atUs), oldest);
        inputUs = Math.min(inputUs, Math.max(this.#ownUs(keyId, other, atUs), passedUs));
      }
      reachedUs = Math.max(reachedUs, inputUs);
    }
    return Math.min(reachedUs, limitUs);
  }

  /** Where nothing waits: no sooner than this do the rows come further than to what was handed over, if nothing more is told. */
  movesUs(keyId: number): number {
    return this.#silenceReachesUs(keyId, this.#handedUs[keyId]!);
  }

  snapshot(keyIds: Uint32Array): Snapshot {
    return {
      toldUs: gatherFloat64(this.#toldUs, keyIds, this.#count),
      atUs: gatherFloat64(this.#atUs, keyIds, this.#count),
      lastUs: gatherFloat64(this.#lastUs, keyIds, this.#count),
      cameUs: gatherFloat64(this.#cameUs, keyIds, this.#count),
      handedUs: gatherFloat64(this.#handedUs, keyIds),
      heardUs: gatherFloat64(this.#heardUs, keyIds),
    };
  }

  /** Row i is of key `keyIds[i]`, for which there is room; −1: it is left out. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    scatterFloat64(snapshot['toldUs'] as Float64Array, keyIds, this.#toldUs, this.#count);
    scatterFloat64(snapshot['atUs'] as Float64Array, keyIds, this.#atUs, this.#count);
    scatterFloat64(snapshot['lastUs'] as Float64Array, keyIds, this.#lastUs, this.#count);
    scatterFloat64(snapshot['cameUs'] as Float64Array, keyIds, this.#cameUs, this.#count);
    scatterFloat64(snapshot['handedUs'] as Float64Array, keyIds, this.#handedUs);
    scatterFloat64(snapshot['heardUs'] as Float64Array, keyIds, this.#heardUs);
  }

  forget(keyId: number): void {
    const place = keyId * this.#count;
    this.#toldUs.fill(-Infinity, place, place + this.#count);
    this.#atUs.fill(-Infinity, place, place + this.#count);
    this.#lastUs.fill(-Infinity, place, place + this.#count);
    this.#cameUs.fill(-Infinity, place, place + this.#count);
    this.#handedUs[keyId] = -Infinity;
    this.#heardUs[keyId] = -Infinity;
  }

  get stateBytes(): number {
    return this.#toldUs.byteLength * 4 + this.#handedUs.byteLength * 2; // four of one length, and two
  }

  /** When the first of the inputs comes to a time by itself. */
  #silenceReachesUs(keyId: number, timeUs: number): number {
    let comesUs = Infinity;
    for (let input = 0; input < this.#count; input++) comesUs = Math.min(comesUs, this.reachesUs(keyId, input, timeUs));
    return comesUs;
  }

  /** How far the furthest of the inputs has come. */
  #furthestUs(keyId: number, atUs: number): number {
    let furthestUs = -Infinity;
    for (let input = 0; input < this.#count; input++)
      furthestUs = Math.max(furthestUs, this.#ownUs(keyId, input, atUs));
    return furthestUs;
  }

  /** When an input lets an entry of another one pass. */
  #letsPassUs(keyId: number, input: number, { timeUs, sinceUs }: Reached): number {
    if (this.#told(keyId, input) >= timeUs) return -Infinity;
    const { latenessUs } = this.#delays[input]!;
    const heardUs = Math.min(this.#at(keyId, input), sinceUs + latenessUs);
    return Math.min(Math.max(sinceUs, heardUs) + latenessUs, this.reachesUs(keyId, input, timeUs));
  }

  /** Since when an entry of another input has to be there, so that this one lets it pass at an instant. */
  #lookBackUs(keyId: number, input: number, atUs: number): number {
    const { latenessUs } = this.#delays[input]!;
    return this.#at(keyId, input) <= atUs - latenessUs ? atUs - latenessUs : atUs - 2 * latenessUs;
  }

  /** How far an input's oldest entry has come at an instant; where none waits, the input itself. */
  #levelUs(keyId: number, input: number, atUs: number, oldest: Oldest): number {
    const timeUs = oldest.timeUs[input]!;
    if (timeUs < Infinity) return oldest.sinceUs[input]! <= atUs ? timeUs : -Infinity;
    return this.#ownUs(keyId, input, atUs);
  }

  /** To what it told, and on by itself. */
  #ownUs(keyId: number, input: number, atUs: number): number {
    const place = keyId * this.#count + input;
    if (this.#atUs[place]! > atUs) return -Infinity;
    const lastUs = this.#lastUs[place]!;
    if (lastUs === -Infinity) return this.#toldUs[place]!;
    const silentUs = lastUs + atUs - Math.max(this.#cameUs[place]!, lastUs) - this.#delays[input]!.quietUs;
    return Math.max(this.#toldUs[place]!, silentUs);
  }

  #told(keyId: number, input: number): number {
    return this.#toldUs[keyId * this.#count + input]!;
  }

  #at(keyId: number, input: number): number {
    return this.#atUs[keyId * this.#count + input]!;
  }
}
