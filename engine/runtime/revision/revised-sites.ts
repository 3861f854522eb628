import type { RekeyNode } from '../../../dsl/plan.ts';
import type { Column } from '../../batch.ts';
import type { Frame, Operator, Snapshot } from '../../operator.ts';
import type { Rekey } from '../../operators/rekey.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import type { SourceStream } from '../source-stream.ts';
import { KeptAside } from './kept-aside.ts';
import { type LiveKeys, replaceStates, takeStates } from './key-states.ts';
import { type EventPlace, LateMarks } from './late-marks.ts';

/** A late event of a source, as its batch has it. */
export type LateEvent = {
  readonly keyId: number;
  readonly columns: readonly Column[];
  readonly row: number;
  readonly timeUs: number;
  /** Of its key. */
  readonly watermarkUs: number;
  readonly place: EventPlace;
};

/**
 * The sites of a rekey whose windows late events revise: an event is late there that is so for its key, or whose row is behind its
 * site.
 */
export class RevisedSites implements LiveKeys {
  readonly sourceId: string;
  readonly marks: LateMarks;
  readonly aside: KeptAside;
  readonly #source: SourceStream;
  readonly #rekey: Rekey;
  readonly #sites: KeyDictionary;
  readonly #operators: ReadonlyMap<string, Operator>;
  readonly #by: readonly number[]; // columns of the source's batches

  constructor(
    node: RekeyNode,
    options: {
      readonly source: SourceStream;
      readonly rekey: Rekey;
      readonly sites: KeyDictionary;
      readonly operators: ReadonlyMap<string, Operator>;
      /** Names of the columns of the source's batches. */
      readonly columns: readonly string[];
      readonly windows: readonly { readonly id: string; readonly reviseUs: number }[];
    },
  ) {
    const { source, rekey, sites, operators, columns, windows } = options;
    this.sourceId = source.pipeline.id;
    this.#source = source;
    this.#rekey = rekey;
    this.#sites = sites;
    this.#operators = operators;
    this.#by = node.by.map(name => columns.indexOf(name));
    this.marks = new LateMarks(windows, sites);
    this.aside = new KeptAside(columns.length, (frame, i) => this.#siteIn(frame, i));
    rekey.onLate = ({ site, timeUs, arrivalUs }) => {
      const place = { arrivalUs, sequence: 0, item: 0 }; // an event that is in order for its key is read whenever it came
      this.marks.note(site, { timeUs, watermarkUs: rekey.reachedUs(site), place });
    };
  }

  noteLate({ keyId, columns, row, timeUs, watermarkUs, place }: LateEvent): void {
    const named = { columns: this.#by.map(column => columns[column]!), row };
    const site = this.#rekey.placeLate(keyId, named, place.arrivalUs);
    this.marks.note(site, { timeUs, watermarkUs, place });
  }

  find(key: readonly Column[], row: number): number {
    const site = this.#sites.find(key, row);
    return site >= 0 && this.#rekey.reachedUs(site) > -Infinity ? site : -1; // one without fields is found before it is there
  }

  watermarkUs(site: number): number {
    return this.#rekey.reachedUs(site);
  }

  take(site: number, nodes: readonly string[]): Snapshot {
    return takeStates(this.#operators, site, nodes);
  }

  replace(site: number, states: Snapshot): void {
    this.#sites.changed.oneWillChange(site);
    replaceStates(this.#operators, site, states);
    for (const keyId of this.#rekey.sourceKeysOf(site)) this.#source.reschedule(keyId);
  }

  /** An event of this key of the source, and of this time: operators have been given it. */
  hasHandled(key: readonly Column[], row: number, timeUs: number): boolean {
    return this.#source.hasHandled(key, row, timeUs);
  }

  #siteIn({ columns }: Frame, i: number): number {
    return this.find(
      this.#by.map(column => columns[column]!),
      i,
    );
  }
}
