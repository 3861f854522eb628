import type { Snapshot } from '../../operator.ts';
import { growUint32 } from '../../state/growable.ts';

/** A key's list, and a place in it; measured. */
const KEY_BYTES = 40;
const SITE_BYTES = 24;

/** The sites that each key of a rekey's input belongs to, in the order in which its rows named them. */
export class SitesOfKeys {
  readonly #sites: number[][] = []; // by key id; bound: the sites that a key's rows name
  #count = 0; // of sites in all lists

  /** How many keys there is room for. */
  get size(): number {
    return this.#sites.length;
  }

  get stateBytes(): number {
    return this.#sites.length * KEY_BYTES + this.#count * SITE_BYTES;
  }

  reserve(keys: number): void {
    while (this.#sites.length < keys) this.#sites.push([]);
  }

  of(keyId: number): readonly number[] {
    return this.#sites[keyId] ?? NONE;
  }

  /** False: it belongs there already. */
  add(keyId: number, site: number): boolean {
    const sites = this.#sites[keyId]!;
    if (sites.includes(site)) return false;
    sites.push(site);
    this.#count++;
    return true;
  }

  forget(keyId: number): void {
    this.#count -= this.#sites[keyId]!.length;
    this.#sites[keyId] = [];
  }

  /** How many sites each key belongs to, and the sites, key by key, as their places among `sites`. */
  snapshot(keyIds: Uint32Array, sites: Uint32Array): Snapshot {
    const placeOf = placesById(sites);
    const counts = new Uint32Array(keyIds.length);
    let places = new Uint32Array(keyIds.length);
    let end = 0;
    for (let i = 0; i < keyIds.length; i++) {
      const own = this.of(keyIds[i]!);
      counts[i] = own.length;
      places = growUint32(places, end + own.length);
      for (let s = 0; s < own.length; s++) places[end++] = placeOf[own[s]!]!;
    }
    return { counts, places: places.slice(0, end) };
  }
}

/** Calls back for each key and site of a snapshot, in order; `sites` is what stands in the places. −1: it is left out. */
export function forEachSite(
  snapshot: Snapshot,
  { keyIds, sites }: { readonly keyIds: Int32Array; readonly sites: Int32Array },
  visit: (keyId: number, site: number) => void,
): void {
  const counts = snapshot['counts'] as Uint32Array;
  const places = snapshot['places'] as Uint32Array;
  let row = 0;
  for (let i = 0; i < keyIds.length; i++) {
    const keyId = keyIds[i]!;
    const end = row + counts[i]!;
    for (; row < end; row++) if (keyId >= 0) visit(keyId, sites[places[row]!]!);
  }
}

const NONE: readonly number[] = [];

function placesById(ids: Uint32Array): Uint32Array {
  let size = 0;
  for (let place = 0; place < ids.length; place++) size = Math.max(size, ids[place]! + 1);
  const placeOf = new Uint32Array(size);
  for (let place = 0; place < ids.length; place++) placeOf[ids[place]!] = place;
  return placeOf;
}
