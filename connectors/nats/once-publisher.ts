import type { StreamInfo } from '@nats-io/jetstream';
import type { Position } from '../../engine/connector.ts';
import type { MillraceError } from '../../engine/errors.ts';
import { mayRefuseOne, placeBehind, storedFilter, tell } from './alert-stream.ts';
import type { Lease } from './connection.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import type { NatsSettings } from './nats-settings.ts';
import { PublishedIds } from './published-ids.ts';
import { Publisher, type Publication, PublishRefusal } from './publisher.ts';
import {
  noAlertStream,
  noAlertStreamYet,
  refused,
  severalAlertStreams,
  tooLarge,
  tooManyPublished,
} from './publishing-errors.ts';
import { readIds } from './read-ids.ts';

export type OncePublisherOptions = {
  readonly settings: NatsSettings;
  readonly lease: Lease;
  readonly api: JetStreamApi;
  /** Of the stream that takes what is published. */
  readonly info: StreamInfo;
  /** All subjects that are published to: `alerts.*.*`. */
  readonly pattern: string;
  /** Whether an id in the stream may be made again. */
  readonly isOwn: (id: string) => boolean;
  /** Of a run before; null: nothing was published yet. */
  readonly position: Position | null;
};

/**
 * Publishes messages to one JetStream stream, each once: what the stream holds behind the position is not published again,
 * and so it is after every failure. The server's own window of ids only covers what is still on its way then.
 *
 * A call need not wait for the one before: its messages go behind that one's. Where that fails it fails too, and both are made
 * again in their order.
 *
 * Errors: MR5101–MR5104 the connection · MR5121 the stream is gone, MR5122 several · MR5124 (retry) it takes no more ·
 * MR5125 too large. Warnings: MR5123 not the stream of the position · MR5126 too many ids.
 */
export class OncePublisher {
  readonly #settings: NatsSettings;
  readonly #lease: Lease;
  readonly #api: JetStreamApi;
  readonly #pattern: string;
  readonly #published: PublishedIds;
  #stream: string;
  #created: string;
  #filter: string;
  #publisher: Publisher;
  #sequence: number; // everything that was acknowledged is at or before it, and what comes behind it
  #isUncertain = false; // something was sent, and what became of it is not known
  #newest: Promise<void> = Promise.resolve(); // of the calls under way
  #heldBack = 0; // of them, those that wait for the one before
  #nobodySinceMs = Number.NaN;
  #isForgottenTold = false; // since the last that came through

  constructor({ settings, lease, api, info, pattern, isOwn, position }: OncePublisherOptions) {
    this.#settings = settings;
    this.#lease = lease;
    this.#api = api;
    this.#pattern = pattern;
    this.#stream = info.config.name;
    this.#created = info.created;
    this.#filter = storedFilter(info, pattern);
    this.#publisher = this.#publisherTo(info);
    this.#sequence = info.state.last_seq;
    this.#published = new PublishedIds({
      read: range => readIds({ lease, api, settings }, { stream: this.#stream, filter: this.#filter, ...range }),
      isOwn,
      onForgotten: () => this.#tellForgotten(),
    });
    if (position === null) return;
    this.#expectBehind(position, info);
    this.#isUncertain = true; // what the run before sent last may be on its way
  }

  /** Resolves when all is acknowledged. After a failure the same publications go on where they were. */
  async publish(publications: readonly Publication[]): Promise<void> {
    const before = this.#newest;
    const own = this.#publishBehind(before, publications);
    this.#newest = own;
    try {
      await own;
    } finally {
      if (this.#newest === own) this.#newest = Promise.resolve(); // what failed is made again
    }
  }

  async #publishBehind(before: Promise<void>, publications: readonly Publication[]): Promise<void> {
    const underWay = this.#isPlain ? this.#publisher.publish(publications, null) : null;
    underWay?.catch(() => {}); // looked at when the one before is known
    if (underWay === null) this.#heldBack++;
    try {
      await before;
      await (underWay ?? this.#publishMissing(publications));
    } catch (error) {
      this.#isUncertain = true;
      await underWay?.catch(() => {}); // it fails, too
      throw await this.#explained(error);
    } finally {
      if (underWay === null) this.#heldBack--;
    }
    for (const { message, sequence } of publications) {
      this.#published.take(message.id);
      this.#sequence = Math.max(this.#sequence, sequence!);
    }
    this.#nobodySinceMs = Number.NaN;
    this.#isForgottenTold = false;
  }

  /** Nothing has to be looked at before something is published, and nobody waits with what comes before. */
  get #isPlain(): boolean {
    return !this.#isUncertain && this.#published.isEmpty && this.#heldBack === 0;
  }

  /** While it may be that a replay is not through, what it did not make again yet stays behind the position. */
  get position(): { readonly stream: string; readonly created: string; readonly sequence: number } {
    const { first } = this.#published;
    return {
      stream: this.#stream,
      created: this.#created,
      sequence: first === undefined ? this.#sequence : Math.min(first - 1, this.#sequence),
    };
  }

  async #publishMissing(publications: readonly Publication[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const lastSequence = this.#isUncertain ? await this.#lookAgain(publications) : null;
      await this.#leaveOut(publications);
      try {
        // Where others publish all the time, the end of the stream always moves.
        const sent = await this.#publisher.publish(publications, attempt < MAX_GUARDED ? lastSequence : null);
        if (sent > 0) this.#isUncertain = false;
        return;
      } catch (error) {
        if (!(error instanceof PublishRefusal && error.kind === 'moved')) throw error;
      }
    }
  }

  /** Those that the stream holds. */
  async #leaveOut(publications: readonly Publication[]): Promise<void> {
    for (const publication of publications) {
      if (this.#published.isEmpty) return;
      if (publication.sequence === null) {
        publication.sequence = (await this.#published.find(publication.message.id)) ?? null;
      }
    }
  }

  /**
   * The leader says where the stream ends: what was stored of the unfinished write is between what was acknowledged in
   * order and there.
   */
  async #lookAgain(publications: readonly Publication[]): Promise<number> {
    const info = await this.#api.streamInfo(this.#stream);
    if (info === undefined) throw new PublishRefusal('nobody', this.#pattern, 'nobody');
    const position = { stream: this.#stream, created: this.#created, sequence: this.#acknowledgedBefore(publications) };
    this.#expectBehind(position, info);
    return info.state.last_seq;
  }

  #acknowledgedBefore(publications: readonly Publication[]): number {
    let last = this.#sequence;
    for (const { sequence } of publications) {
      if (sequence === null) break;
      last = Math.max(last, sequence);
    }
    return last;
  }

  #expectBehind(position: Position, info: StreamInfo): void {
    const { from, warning } = placeBehind(position, info);
    tell(this.#settings, warning);
    const last = info.state.last_seq;
    if (info.created !== this.#created || last < this.#sequence) {
      this.#published.clear();
      this.#created = info.created;
      this.#sequence = last;
    }
    this.#publisher = this.#publisherTo(info);
    this.#filter = storedFilter(info, this.#pattern);
    this.#published.add({ from, to: last });
  }

  #publisherTo(info: StreamInfo): Publisher {
    const { name } = info.config;
    return new Publisher({
      lease: this.#lease,
      settings: this.#settings,
      stream: name,
      isByKey: mayRefuseOne(info),
    });
  }

  async #explained(error: unknown): Promise<unknown> {
    if (!(error instanceof PublishRefusal)) return error;
    const { kind, subject, message, apiCode } = error;
    if (apiCode === MESSAGE_TOO_LARGE) return tooLarge(subject, message);
    if (kind === 'refused' && apiCode !== OTHER_STREAM) return refused(this.#stream, message);
    try {
      const names = await this.#api.streamNames(subject);
      if (names.length > 0 && !names.includes(this.#stream))
        return severalAlertStreams(subject, [this.#stream, ...names]);
      if (names.length > 0) return noAlertStreamYet(subject);
      return this.#nobody(subject);
    } catch (failure) {
      return failure;
    }
  }

  #nobody(subject: string): MillraceError {
    const nowMs = performance.now();
    if (Number.isNaN(this.#nobodySinceMs)) this.#nobodySinceMs = nowMs;
    if (nowMs - this.#nobodySinceMs < GONE_AFTER_MS) return noAlertStreamYet(subject);
    return noAlertStream(subject, `${this.#stream} is gone, or has other subjects`);
  }

  #tellForgotten(): void {
    if (this.#isForgottenTold) return;
    this.#isForgottenTold = true;
    tell(this.#settings, tooManyPublished(this.#stream, 1_000_000));
  }
}

const MAX_GUARDED = 6;
const GONE_AFTER_MS = 3_000;
const MESSAGE_TOO_LARGE = 10054;
const OTHER_STREAM = 10060;
