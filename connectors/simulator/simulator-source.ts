import { setTimeout as delay } from 'node:timers/promises';
import type { BatchBuilder, BuilderSlot } from '../../engine/batch/batch-builder.ts';
import type { Position, Source, SourceOptions, SourceRead } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { closestName } from '../codecs/closest-name.ts';
import { DueTime } from './due-time.ts';
import { DAY_SECONDS } from './faults.ts';
import { FaultsFeed } from './faults-feed.ts';
import type { Feed, FeedField, RestingPlace } from './feed.ts';
import { GatewaysFeed } from './gateways-feed.ts';
import { ReadingsFeed } from './readings-feed.ts';
import { parseSimulatorAddress, type SimulatorAddress, type StationStream } from './simulator-address.ts';

/**
 * Opens a stream of a simulation. Reading on from a position goes through at most two hours of it again.
 *
 * Errors: MR5400 the address · MR5401 a field · MR5402 another simulation's position.
 */
export async function openSimulatorSource(options: SourceOptions): Promise<Source> {
  const { source, position, builder } = options;
  const address = parseSimulatorAddress(source.address);
  const name = identityOf(address);
  if (position !== null && position['simulation'] !== name) throw otherSimulation(source.address, position);
  const feed = FEEDS[address.stream](address, restingPlaceOf(position));
  const slots = slotsOf(builder, feed.fields);
  builder.sourceName = name;
  for (let sequence = feed.sequence; sequence < Number(position?.['sequence'] ?? 0); sequence++) feed.next();
  const isLive = address.days === null;
  const due = new DueTime({ nowUs: options.nowUs, speed: options.speed, isLive });
  const opened = { feed, slots, builder, due, name, isLive };
  return address.days === null
    ? new SimulatorSource(opened)
    : new FiniteSimulatorSource(opened, { startUs: address.startUs, days: address.days });
}

class SimulatorSource implements Source {
  readonly arrivalClock = 'recorded';
  readonly #feed: Feed;
  readonly #slots: readonly (FeedField | null)[];
  readonly #builder: BatchBuilder;
  readonly #due: DueTime;
  readonly #name: string;
  readonly #isLive: boolean;
  #tickUs = 0; // of the last tick: a clock may be set back
  protected hasNext: boolean; // the feed stands at a message that is not handed over
  protected arrivalUs = 0; // of the last one that is
  #position: Position;

  constructor(opened: {
    readonly feed: Feed;
    readonly slots: readonly (FeedField | null)[];
    readonly builder: BatchBuilder;
    readonly due: DueTime;
    readonly name: string;
    readonly isLive: boolean;
  }) {
    this.#feed = opened.feed;
    this.#slots = opened.slots;
    this.#builder = opened.builder;
    this.#due = opened.due;
    this.#name = opened.name;
    this.#isLive = opened.isLive;
    this.#position = this.#placeNow();
    this.hasNext = this.#feed.next();
  }

  async read({ maxEvents, signal }: { readonly maxEvents: number; readonly signal: AbortSignal }): Promise<SourceRead> {
    const builder = this.#builder;
    builder.limit({ maxEvents });
    while (this.hasNext && builder.hasRoom && !signal.aborted) {
      const { arrivalUs } = this.#feed;
      // Streams of one plant are read side by side: none runs hours ahead of the others.
      if (builder.size > 0 && Math.floor(arrivalUs / BATCH_US) > Math.floor(this.arrivalUs / BATCH_US)) break;
      const waitUs = this.#due.waitUs(arrivalUs);
      if (waitUs <= 0) this.#take();
      else if (builder.size > 0) break;
      else {
        await delay(Math.min(waitUs / 1_000, MAX_WAIT_MS), undefined, { signal }).catch(() => {});
        if (waitUs > MAX_WAIT_MS * 1_000 && this.#isLive) return this.#tick();
      }
    }
    if (!this.hasNext && builder.size === 0 && !signal.aborted) return { kind: 'end', position: this.#position };
    return { kind: 'batch', batch: builder.build(), position: this.#position };
  }

  async acknowledge(): Promise<void> {}

  async close(): Promise<void> {}

  async hasMore(): Promise<boolean> {
    return this.hasNext && this.#due.waitUs(this.#feed.arrivalUs) <= 0;
  }

  /** Nothing comes now: the clock has moved, though never beyond the next message. */
  #tick(): SourceRead {
    const { arrivalUs } = this.#feed;
    const waitUs = Math.max(this.#due.waitUs(arrivalUs), 0);
    this.#tickUs = Math.max(this.#tickUs, arrivalUs - waitUs);
    return { kind: 'tick', arrivalUs: this.#tickUs, position: this.#position };
  }

  #take(): void {
    const feed = this.#feed;
    const builder = this.#builder;
    const slots = this.#slots;
    const { row, offset } = feed;
    this.arrivalUs = feed.arrivalUs;
    builder.arrivalUs = feed.arrivalUs;
    builder.startMessage(feed.sequence);
    for (let slot = 0; slot < slots.length; slot++) {
      const field = slots[slot];
      const value = field === null || field === undefined ? Number.NaN : row[offset + field.at]!;
      if (Number.isNaN(value)) builder.setMissing(slot);
      else if (field!.kind === 'number') builder.setNumber(slot, value);
      else if (field!.kind === 'time') builder.setInstant(slot, value);
      else {
        const text = field!.texts![value]!;
        builder.setText(slot, text, 0, text.length);
      }
    }
    if (!builder.commit()) builder.refuse({ raw: rawText(feed) });
    this.#position = this.#placeNow();
    this.hasNext = feed.next();
  }

  /** Behind the message at which the feed stands. */
  #placeNow(): Position {
    const { sequence, restingPlace } = this.#feed;
    return {
      simulation: this.#name,
      sequence,
      resting: restingPlace.sequence,
      second: restingPlace.second,
      state: restingPlace.state,
    };
  }
}

/** Of one with an end it is known how much there is. */
class FiniteSimulatorSource extends SimulatorSource {
  readonly #startUs: number;
  readonly #lengthUs: number;

  constructor(
    opened: ConstructorParameters<typeof SimulatorSource>[0],
    { startUs, days }: { readonly startUs: number; readonly days: number },
  ) {
    super(opened);
    this.#startUs = startUs;
    this.#lengthUs = days * DAY_SECONDS * 1e6;
  }

  progress(): number {
    if (!this.hasNext) return 1;
    return Math.min(Math.max((this.arrivalUs - this.#startUs) / this.#lengthUs, 0), 1);
  }
}

const FEEDS: Readonly<Record<StationStream, (address: SimulatorAddress, from: RestingPlace | null) => Feed>> = {
  readings: (address, from) => new ReadingsFeed(address, from),
  gateways: (address, from) => new GatewaysFeed(address, from),
  faults: (address, from) => new FaultsFeed(address, from),
};

/** What decides about what comes: not how long it goes on, so that a day may become two. */
function identityOf({ stream, seed, pumps, startUs }: SimulatorAddress): string {
  return `pump-station/${stream} seed ${seed}, ${pumps} pumps, start ${new Date(startUs / 1_000).toISOString()}`;
}

function restingPlaceOf(position: Position | null): RestingPlace | null {
  if (position === null) return null;
  const { resting, second, state } = position;
  return { sequence: Number(resting), second: Number(second), state: String(state) };
}

/** Where each slot's value stands in a row; null: nowhere, and the field has a default. */
function slotsOf(builder: BatchBuilder, fields: readonly FeedField[]): readonly (FeedField | null)[] {
  return builder.slots.map((slot, index) => {
    const name = memberOf(slot);
    const field = fields.find(candidate => candidate.name === name);
    if (field !== undefined) return field;
    if (builder.source.fields[index]?.default !== undefined && builder.source.fields[index].default !== null)
      return null;
    const names = fields.map(candidate => candidate.name);
    const guess = closestName(name, names);
    throw new MillraceError(
      'MR5401',
      `a simulated message has no ${JSON.stringify(name)}; it has ${names.join(', ')}`,
      {
        hint:
          guess === undefined
            ? 'a field takes a member of another name with `field: type = $.member`'
            : `did you mean ${guess}? A field takes a member of another name with \`field: type = $.${guess}\``,
      },
    );
  });
}

function memberOf({ name, origin }: BuilderSlot): string {
  return origin.kind === 'path' && origin.path.length > 0 ? origin.path.join('.') : name;
}

function rawText({ fields, row, offset }: Feed): string {
  return JSON.stringify(
    Object.fromEntries(
      fields.map(({ name, at, texts }) => {
        const value = row[offset + at]!;
        return [name, Number.isNaN(value) ? null : (texts?.[value]?.toString() ?? value)];
      }),
    ),
  );
}

function otherSimulation(address: string, position: Position): MillraceError {
  return new MillraceError(
    'MR5402',
    `${JSON.stringify(address)} is not what was being read: that was ${String(position['simulation'])}`,
    { hint: 'name the same seed, pumps and start, or begin without the kept state' },
  );
}

const MAX_WAIT_MS = 1_000;
const BATCH_US = 600e6;
