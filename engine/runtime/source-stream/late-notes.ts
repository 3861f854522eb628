import type { SourceNode } from '../../../dsl/plan.ts';
import { type EventBatch, identityColumns } from '../../batch.ts';
import type { KeyClock } from '../key-clock.ts';
import type { RawRows } from '../raw-rows.ts';
import type { LateMarks } from '../revision/late-marks.ts';
import type { RevisedSites } from '../revision/revised-sites.ts';
import type { SourceSides } from '../source-sides.ts';

/** Who hears of a source's late events: its raw series, the stream of what is late, and windows that they revise. */
export class LateNotes {
  readonly #raw: RawRows | undefined;
  readonly #sides: SourceSides;
  readonly #marks: LateMarks | undefined;
  readonly #revisedSites: RevisedSites[] = [];
  readonly #clock: KeyClock;
  readonly #identity: readonly number[]; // columns with the sequence and the item
  #batch: EventBatch | undefined; // that is being handled

  constructor(options: {
    readonly node: SourceNode;
    readonly raw: RawRows | undefined;
    readonly sides: SourceSides;
    readonly marks: LateMarks | undefined;
    readonly clock: KeyClock;
  }) {
    this.#raw = options.raw;
    this.#sides = options.sides;
    this.#marks = options.marks;
    this.#clock = options.clock;
    this.#identity = identityColumns(options.node).slice(1);
  }

  /** Late events revise windows of these, too. */
  addSites(sites: RevisedSites): void {
    this.#revisedSites.push(sites);
  }

  /** Before the events of a batch are handled. */
  start(batch: EventBatch): void {
    this.#batch = batch;
  }

  /** The event at this place of the batch, of this key, is late; its key's clock has not moved. */
  note(place: number, keyId: number): void {
    this.#raw?.late(place);
    this.#sides.noteLate(place);
    if (this.#marks === undefined && this.#revisedSites.length === 0) return;
    const { timeUs, arrivalUs, columns } = this.#batch!; // it is one of the batch's events
    const watermarkUs = this.#clock.watermarkUs(keyId, arrivalUs[place]!);
    const [sequence, item] = this.#identity.map(column => columns[column]!.values[place] as number); // as: of ints
    const eventPlace = { arrivalUs: arrivalUs[place]!, sequence: sequence ?? 0, item: item ?? 0 };
    const event = { timeUs: timeUs[place]!, watermarkUs, place: eventPlace };
    this.#marks?.note(keyId, event);
    for (const sites of this.#revisedSites) sites.noteLate({ ...event, keyId, columns, row: place });
  }

  /** All events of the batch are handled: those that were late go aside. */
  end(batch: EventBatch): void {
    this.#batch = undefined;
    this.#sides.takeLate(batch);
  }
}
