import type { Scalar } from '../batch.ts';

/** A row of a table from a time on, until the next version of its key. */
export type Version = {
  readonly key: readonly Scalar[];
  readonly validFromUs: number;
  /** All fields, in the table's order; null: there is no row from then on. */
  readonly row: readonly Scalar[] | null;
  /** Of the entry that told it. */
  readonly sequence: number;
};

export type TableKey = string | number | boolean | null;

/** A key as maps have it. */
export function tableKey(values: readonly Scalar[]): TableKey {
  return values.length === 1 ? values[0]! : JSON.stringify(values);
}

/** So many versions of all rows are kept; behind that, a tenth goes: of the past, what was told first. */
const MAX_VERSIONS = 200_000;

/**
 * The rows of a table in versions by key, the oldest first. What is let go of depends on the versions that are there and the
 * order in which they were told, so that it is the same for who has heard of no others.
 */
export class TableVersions {
  readonly #byKey = new Map<TableKey, Kept[]>();
  readonly #maxVersions: number;
  #told = 0;
  #count = 0;

  constructor(maxVersions = MAX_VERSIONS) {
    this.#maxVersions = maxVersions;
  }

  get count(): number {
    return this.#count;
  }

  /** A version of the same time and key gives way to it. */
  put(version: Version): void {
    const id = tableKey(version.key);
    const kept: Kept = { ...version, told: ++this.#told };
    const versions = this.#byKey.get(id);
    if (versions === undefined) {
      this.#byKey.set(id, [kept]);
      this.#count++;
    } else {
      const at = placeOf(versions, version.validFromUs);
      const isSame = at > 0 && versions[at - 1]!.validFromUs === version.validFromUs;
      versions.splice(isSame ? at - 1 : at, isSame ? 1 : 0, kept);
      if (!isSame) this.#count++;
    }
    if (this.#count > this.#maxVersions) this.#letGo();
  }

  /** The version of this key and time was never so. */
  takeOut(key: readonly Scalar[], validFromUs: number): void {
    const versions = this.#byKey.get(tableKey(key));
    const at = versions?.findIndex(version => version.validFromUs === validFromUs) ?? -1;
    if (at >= 0) this.#remove(versions!, at);
  }

  versionsOf(key: TableKey): readonly Version[] | undefined {
    return this.#byKey.get(key);
  }

  /** Of the one that is valid at a time; undefined: there is none. */
  rowAt(key: TableKey, timeUs: number): Version | undefined {
    return versionAt(this.#byKey.get(key), timeUs);
  }

  has({ key, validFromUs, sequence }: Pick<Version, 'key' | 'validFromUs' | 'sequence'>): boolean {
    const found = this.#byKey.get(tableKey(key))?.find(version => version.validFromUs === validFromUs);
    return found?.sequence === sequence;
  }

  /** Key by key. */
  *all(): Generator<readonly Version[]> {
    yield* this.#byKey.values();
  }

  /** Of each key the oldest first, and never the present row. */
  #letGo(): void {
    const left = Math.floor(this.#maxVersions * 0.9);
    const all = [...this.#byKey.values()].flat().sort((a, b) => a.told - b.told);
    for (let before = Infinity; this.#count > left && this.#count < before; ) {
      before = this.#count;
      for (const version of all) {
        if (this.#count <= left) return;
        const versions = this.#byKey.get(tableKey(version.key));
        if (versions?.[0] !== version || (versions.length === 1 && version.row !== null)) continue;
        this.#remove(versions, 0);
      }
    }
  }

  #remove(versions: Kept[], at: number): void {
    const [removed] = versions.splice(at, 1);
    this.#count--;
    if (versions.length === 0) this.#byKey.delete(tableKey(removed!.key));
  }
}

type Kept = Version & { readonly told: number };

/** The last of versions that is valid at a time. */
export function versionAt(versions: readonly Version[] | undefined, timeUs: number): Version | undefined {
  if (versions === undefined) return undefined;
  const at = placeOf(versions, timeUs);
  return at === 0 ? undefined : versions[at - 1];
}

/** How many versions are valid from this time or before: most often all, or all but the last. */
function placeOf(versions: readonly Version[], timeUs: number): number {
  let low = 0;
  let high = versions.length;
  if (high > 0 && versions[high - 1]!.validFromUs <= timeUs) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (versions[middle]!.validFromUs <= timeUs) low = middle + 1;
    else high = middle;
  }
  return low;
}
