import type { Snapshot } from '../../operator.ts';
import { gatherFloat64, scatterFloat64 } from '../../state/gather.ts';
import { growFloat64 } from '../../state/growable.ts';
import type { ActiveKeys } from './active-keys.ts';
import type { ActivityClock } from './activity-clock.ts';
import type { MovedKeys } from './moved-keys.ts';
import { SiteMembers } from './site-members.ts';
import type { UnplacedKeys } from './unplaced-keys.ts';

// An estimate: of a site without keys.
const SITE_BYTES = 512;

/**
 * How far each site of a rekey has come, by the keys that belong to it: as far as the least of those that are active, or, where
 * none is, as far as the arrival clock has brought the furthest. Keys of which nobody knows yet where they belong hold it up.
 */
export class SiteTimes {
  /** By site; of one without an active key: as it was when it was looked at for the last time. Changed by `comeTo` alone. */
  watermarkUs = new Float64Array(0);
  #movedUs = new Float64Array(0); // by site: when it was looked at for the last time
  readonly #members: SiteMembers[] = []; // by site
  readonly #held = new Set<number>(); // sites that unplaced keys hold up
  readonly #keys: ActiveKeys;
  readonly #unplaced: UnplacedKeys;
  readonly #clock: ActivityClock;
  readonly #moved: MovedKeys;

  constructor(options: {
    readonly keys: ActiveKeys;
    readonly unplaced: UnplacedKeys;
    readonly clock: ActivityClock;
    readonly moved: MovedKeys;
  }) {
    this.#keys = options.keys;
    this.#unplaced = options.unplaced;
    this.#clock = options.clock;
    this.#moved = options.moved;
  }

  reserve(sites: number): void {
    while (this.#members.length < sites) this.#members.push(new SiteMembers());
    this.watermarkUs = growFloat64(this.watermarkUs, sites, -Infinity);
    this.#movedUs = growFloat64(this.#movedUs, sites, -Infinity);
  }

  keysOf(site: number): ReadonlySet<number> {
    return this.#members[site]?.all ?? NO_KEYS;
  }

  /** Whether unplaced keys hold any site up. */
  get areHeld(): boolean {
    return this.#held.size > 0;
  }

  /** Those that unplaced keys hold up, in order of `ordinals`. */
  heldInOrder(ordinals: ArrayLike<number>): number[] {
    return [...this.#held].sort((a, b) => ordinals[a]! - ordinals[b]!);
  }

  hasActive(site: number): boolean {
    return this.#members[site]!.leastUs(this.#keys.watermarkUs, this.#keys.isActive) < Infinity;
  }

  /** How far it has come by an instant of the arrival clock. */
  watermarkAtUs(site: number, atUs: number): number {
    if (this.hasActive(site)) return this.watermarkUs[site]!;
    return Math.max(this.watermarkUs[site]!, this.#idleWatermarkUs(site, atUs, ANY_KEY));
  }

  join(keyId: number, site: number): void {
    const members = this.#members[site]!;
    const isActive = this.#keys.isActive[keyId] === 1;
    // The site's time no longer moves on through the others alone: they may be forgotten sooner.
    if (members.all.size === 1 || (isActive && !this.hasActive(site))) {
      for (const other of members.all) this.#moved.note(other);
    }
    members.all.add(keyId);
    if (isActive) members.activate(keyId, this.#keys.watermarkUs[keyId]!);
  }

  /** The key's id may become another key's. */
  leave(keyId: number, site: number): void {
    this.#members[site]!.forget(keyId);
  }

  /**
   * Before something is heard of a site without an active key: it is where the arrival clock has brought it, through those of its
   * keys whose clocks have not heard of that yet.
   */
  raise(site: number, atUs: number, counts: (keyId: number) => boolean = ANY_KEY): void {
    if (this.hasActive(site)) return;
    const watermarkUs = this.#idleWatermarkUs(site, atUs, counts);
    this.#movedUs[site] = atUs;
    if (watermarkUs > this.watermarkUs[site]!) this.watermarkUs[site] = watermarkUs;
  }

  /** How far the site's keys let it come at this instant. That is not its watermark before its rows are gone. */
  look(site: number, arrivalUs: number): number {
    const members = this.#members[site]!;
    const activeUs = members.leastUs(this.#keys.watermarkUs, this.#keys.isActive);
    const isIdle = activeUs === Infinity;
    const ownUs = isIdle ? this.#idleWatermarkUs(site, arrivalUs, ANY_KEY) : activeUs;
    const holdUs = this.#unplaced.leastUs;
    if (holdUs <= ownUs && holdUs < Infinity) this.#held.add(site);
    else this.#held.delete(site);
    // The arrival clock moves the site on through whichever of its keys is furthest.
    if (isIdle) for (const keyId of members.all) this.#moved.note(keyId);
    this.#movedUs[site] = arrivalUs;
    return isIdle ? ownUs : Math.min(ownUs, holdUs);
  }

  /** Rows up to this time are gone. */
  comeTo(site: number, watermarkUs: number): void {
    this.watermarkUs[site] = watermarkUs;
  }

  snapshot(sites: Uint32Array): Snapshot {
    return {
      siteWatermarkUs: gatherFloat64(this.watermarkUs, sites),
      siteMovedUs: gatherFloat64(this.#movedUs, sites),
      isHeld: Uint8Array.from(sites, site => (this.#held.has(site) ? 1 : 0)),
    };
  }

  /** What it says replaces what an earlier one said. Keys join again. */
  restore(snapshot: Snapshot, sites: Int32Array): void {
    this.watermarkUs.fill(-Infinity);
    scatterFloat64(snapshot['siteWatermarkUs'] as Float64Array, sites, this.watermarkUs);
    this.#movedUs.fill(-Infinity);
    scatterFloat64(snapshot['siteMovedUs'] as Float64Array, sites, this.#movedUs);
    const isHeld = snapshot['isHeld'] as Uint8Array;
    this.#held.clear();
    sites.forEach((site, i) => isHeld[i] === 1 && this.#held.add(site));
  }

  /** Without what a site's keys take. */
  get stateBytes(): number {
    return this.#members.length * SITE_BYTES + this.watermarkUs.byteLength * 2;
  }

  /** Through whichever key is furthest, as far as keys without a site have let it. */
  #idleWatermarkUs(site: number, atUs: number, counts: (keyId: number) => boolean): number {
    const members = this.#members[site]!.all;
    const ownUs = (instantUs: number) => {
      let furthestUs = -Infinity;
      for (const keyId of members) {
        if (counts(keyId)) furthestUs = Math.max(furthestUs, this.#clock.watermarkUs(keyId, instantUs));
      }
      return furthestUs;
    };
    return this.#unplaced.letsComeToUs(this.#movedUs[site]!, atUs, ownUs);
  }
}

const NO_KEYS: ReadonlySet<number> = new Set();
const ANY_KEY = (_keyId: number) => true;
