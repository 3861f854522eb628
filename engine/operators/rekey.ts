import type { RekeyNode } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import { assert } from '../errors.ts';
import type { ArrivalDriven, Downstream, Frame, Operator, OperatorContext, Snapshot } from '../operator.ts';
import { growFloat64, growUint8 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { ReorderBuffer } from '../state/reorder-buffer.ts';
import { RowOutput } from '../state/row-output.ts';
import { WakeQueue } from '../state/wake-queue.ts';
import { maskOf } from './mask.ts';
import { SiteMembers } from './site-members.ts';

/** What a rekey must know of its source's keys: when each was last heard of, and for how long it counts as active. */
export type ActivityClock = { lastArrivalUs(keyId: number): number; readonly activeUs: number };

/**
 * The same rows under another key (here: a site), in order of (time, order of handling). A site's watermark is the least
 * of its active keys' (MEANING.md 6): a key is active for `idle` after its last arrival. Where all are idle, it is the
 * greatest. Rows wait for it; what comes behind it is late here, and counted here.
 */
export class Rekey implements Operator, ArrivalDriven {
  readonly node: RekeyNode;
  lateCount = 0;
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #clock: ActivityClock;
  readonly #sites: KeyDictionary;
  readonly #bySlots: readonly number[];
  readonly #fieldSlots: readonly number[];
  readonly #waiting = new ReorderBuffer();
  readonly #output = new RowOutput();
  readonly #idle = new WakeQueue(); // when an active key goes idle
  // By key id of the input.
  #watermarkUs = new Float64Array(0);
  #isActive = new Uint8Array(0);
  #sitesOfKey: number[][] = [];
  #movedKeys: number[] = [];
  // By site.
  #members: SiteMembers[] = [];
  #siteWatermarkUs = new Float64Array(0);

  constructor(
    node: RekeyNode,
    context: OperatorContext & { downstream: Downstream; clock: ActivityClock; outputKeys: KeyDictionary },
  ) {
    this.node = node;
    this.#input = context.input;
    this.#downstream = context.downstream;
    this.#clock = context.clock;
    this.#sites = context.outputKeys;
    this.#bySlots = node.by.map(name => slotOf(context, name));
    this.#fieldSlots = node.fields.map(field => slotOf(context, field.name));
  }

  get memory() {
    return { bytesPerKey: 96, plus: 'rows that wait for slower keys of the same site' };
  }

  process(frame: Frame): Frame | undefined {
    const output = this.#output.start();
    const mask = maskOf(frame, this.#input);
    for (let i = 0; i < frame.length; i++) {
      const keyId = frame.keyIds[i]!;
      this.#see(keyId, frame.watermarkUs[i]!, frame.arrivalUs[i]!);
      if (frame.hasRows && (mask === undefined || mask[i] === 1)) this.#add(frame, i);
      for (const site of this.#sitesOfKey[keyId]!) this.#moveSite(site, frame.arrivalUs[i]!, output);
    }
    return output.frame;
  }

  nextDueUs(keyId: number): number {
    let dueUs = Infinity;
    for (const site of this.#sitesOfKey[keyId] ?? []) {
      if (this.#hasActive(site)) continue;
      dueUs = Math.min(dueUs, this.#waiting.oldestUs(site), this.#downstream.nextDueUs(site));
    }
    return dueUs > this.#watermarkOf(keyId) ? dueUs : Infinity;
  }

  nextArrivalUs(): number {
    return this.#idle.nextUs();
  }

  /** Keys that have been silent for long enough no longer hold their sites up. */
  arrive(arrivalUs: number): Frame | undefined {
    const output = this.#output.start();
    for (let keyId = this.#idle.take(arrivalUs); keyId !== undefined; keyId = this.#idle.take(arrivalUs)) {
      const idleUs = this.#idleAtUs(keyId);
      if (idleUs > arrivalUs) {
        this.#idle.set(keyId, idleUs);
        continue;
      }
      this.#isActive[keyId] = 0;
      for (const site of this.#sitesOfKey[keyId]!) this.#moveSite(site, arrivalUs, output);
    }
    return output.frame;
  }

  takeMovedKeys(): readonly number[] {
    const keys = this.#movedKeys;
    this.#movedKeys = [];
    return keys;
  }

  finish(newestUs: number): Frame | undefined {
    const output = this.#output.start();
    for (let site = 0; site < this.#sites.size; site++)
      this.#release({ site, arrivalUs: newestUs, watermarkUs: Infinity }, output);
    return output.frame;
  }

  snapshot(): Snapshot {
    return {
      sites: this.#sites.snapshot(),
      waiting: this.#waiting.snapshot(),
      lateCount: this.lateCount,
      watermarkUs: this.#watermarkUs.slice(),
      isActive: this.#isActive.slice(),
      sitesOfKey: this.#sitesOfKey.map(sites => sites.slice()),
      siteWatermarkUs: this.#siteWatermarkUs.slice(),
    };
  }

  restore(snapshot: Snapshot): void {
    this.#sites.restore(snapshot['sites'] as Snapshot);
    this.#waiting.restore(snapshot['waiting'] as Snapshot);
    this.lateCount = snapshot['lateCount'] as number;
    this.#watermarkUs = (snapshot['watermarkUs'] as Float64Array).slice();
    this.#isActive = (snapshot['isActive'] as Uint8Array).slice();
    this.#siteWatermarkUs = (snapshot['siteWatermarkUs'] as Float64Array).slice();
    this.#sitesOfKey = (snapshot['sitesOfKey'] as number[][]).map(sites => sites.slice());
    this.#members = Array.from({ length: this.#sites.size }, () => new SiteMembers());
    this.#sitesOfKey.forEach((sites, keyId) => {
      for (const site of sites) this.#join(keyId, site);
      if (this.#isActive[keyId] === 1) this.#idle.set(keyId, this.#idleAtUs(keyId));
    });
  }

  #see(keyId: number, watermarkUs: number, arrivalUs: number): void {
    if (keyId >= this.#isActive.length) this.#reserveKeys(keyId + 1);
    while (this.#sitesOfKey.length <= keyId) this.#sitesOfKey.push([]);
    if (watermarkUs > this.#watermarkUs[keyId]!) this.#watermarkUs[keyId] = watermarkUs;
    const idleUs = this.#idleAtUs(keyId);
    if (this.#isActive[keyId] === 1 || idleUs <= arrivalUs) return;
    this.#isActive[keyId] = 1;
    this.#idle.set(keyId, idleUs);
    for (const site of this.#sitesOfKey[keyId]!) this.#join(keyId, site);
  }

  #add(frame: Frame, i: number): void {
    const keyId = frame.keyIds[i]!;
    const site = this.#siteOf(frame, i);
    const sites = this.#sitesOfKey[keyId]!;
    if (!sites.includes(site)) {
      sites.push(site);
      this.#join(keyId, site);
    }
    if (frame.timeUs[i]! < this.#siteWatermarkUs[site]!) {
      this.lateCount++;
      return;
    }
    const columns = this.#fieldSlots.map(slot => frame.columns[slot]);
    this.#waiting.add(site, frame.timeUs[i]!, columns, i);
  }

  #siteOf(frame: Frame, i: number): number {
    const columns = this.#bySlots.map(slot => frame.columns[slot] as Column);
    const site = this.#sites.idOf(columns, i);
    while (this.#members.length <= site) this.#members.push(new SiteMembers());
    this.#siteWatermarkUs = growFloat64(this.#siteWatermarkUs, site + 1, -Infinity);
    return site;
  }

  #join(keyId: number, site: number): void {
    const members = this.#members[site]!;
    members.all.add(keyId);
    if (this.#isActive[keyId] === 1) members.activate(keyId, this.#watermarkUs[keyId]!);
  }

  /** Lets the site's time follow its keys', and its rows go. */
  #moveSite(site: number, arrivalUs: number, output: RowOutput): void {
    const members = this.#members[site]!;
    let watermarkUs = members.leastUs(this.#watermarkUs, this.#isActive);
    if (watermarkUs === Infinity) {
      // All are idle: the arrival clock moves the site on through whichever of them is furthest.
      watermarkUs = -Infinity;
      for (const keyId of members.all) watermarkUs = Math.max(watermarkUs, this.#watermarkUs[keyId]!);
      for (const keyId of members.all) this.#movedKeys.push(keyId);
    }
    if (watermarkUs < this.#siteWatermarkUs[site]!) return;
    this.#release({ site, arrivalUs, watermarkUs }, output);
    if (watermarkUs > this.#siteWatermarkUs[site]! && this.#downstream.hasTimers) output.advance(watermarkUs);
    this.#siteWatermarkUs[site] = watermarkUs;
  }

  #release(
    to: { readonly site: number; readonly arrivalUs: number; readonly watermarkUs: number },
    output: RowOutput,
  ): void {
    output.set(to.site, to.arrivalUs);
    for (;;) {
      const timeUs = this.#waiting.oldestUs(to.site);
      if (timeUs > to.watermarkUs || timeUs === Infinity) return;
      this.#waiting.takeOldest(to.site, output);
      this.#siteWatermarkUs[to.site] = timeUs;
    }
  }

  #hasActive(site: number): boolean {
    return this.#members[site]!.leastUs(this.#watermarkUs, this.#isActive) < Infinity;
  }

  #idleAtUs(keyId: number): number {
    return this.#clock.lastArrivalUs(keyId) + this.#clock.activeUs;
  }

  #watermarkOf(keyId: number): number {
    return keyId < this.#watermarkUs.length ? this.#watermarkUs[keyId]! : -Infinity;
  }

  #reserveKeys(keys: number): void {
    this.#watermarkUs = growFloat64(this.#watermarkUs, keys, -Infinity);
    this.#isActive = growUint8(this.#isActive, keys);
  }
}

function slotOf(context: OperatorContext, name: string): number {
  const slot = context.input.slots.get(name);
  assert(slot !== undefined, `the input has no column ${name}`);
  return slot;
}
