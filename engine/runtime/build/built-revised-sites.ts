import { neededFields } from '../../batch.ts';
import type { Rekey } from '../../operators/rekey.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import { RevisedSites } from '../revision/revised-sites.ts';
import type { Building } from './building.ts';
import type { BuiltSources } from './built-sources.ts';
import { revisedWindows } from './revised-windows.ts';

/** The sites whose windows late events revise. */
export class BuiltRevisedSites {
  /** By rekey. */
  readonly sites = new Map<string, RevisedSites>();
  readonly #building: Building;
  readonly #sources: BuiltSources;

  constructor(building: Building, sources: BuiltSources) {
    this.#building = building;
    this.#sources = sources;
  }

  /** `keys`: of the rekey's sites. */
  add(rekey: Rekey, keys: KeyDictionary): void {
    const { node } = rekey;
    const [sourceId] = this.#building.sourcesOf(node.id);
    const windows = revisedWindows(this.#building, sourceId!, node.id);
    if (windows.length === 0) return;
    const source = this.#sources.streams.get(sourceId!)!;
    const columns = neededFields(this.#building.node(sourceId!, 'source')).map(({ name }) => name);
    const { operators } = this.#building.frames;
    const revised = new RevisedSites(node, { source, rekey, sites: keys, operators, columns, windows });
    source.addRevisedSites(revised);
    this.sites.set(node.id, revised);
  }
}
