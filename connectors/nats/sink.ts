import type { StreamInfo } from '@nats-io/jetstream';
import type { Position, Sink, SinkInput, SinkOptions } from '../../engine/connector.ts';
import type { MillraceError } from '../../engine/errors.ts';
import { alertMessages, type MessageContext } from './alert-message.ts';
import { findAlertStream, mayRefuseOne, placeBehind, storedFilter, tell } from './alert-stream.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { JetStreamApi } from './jetstream-api.ts';
import { MessageIds } from './message-ids.ts';
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
  wrongSubject,
} from './publishing-errors.ts';
import { readIds } from './read-ids.ts';
import { SubjectTemplate } from './subject-template.ts';

/**
 * Publishes alerts and rows to JetStream: docs/connectors/nats-alerts.md. A position is the end of the alert stream when
 * all before was acknowledged. What the stream holds behind it is not published again, and so it is after every failure:
 * the server's own window of ids only covers what is still on its way then.
 *
 * Errors: MR5101–MR5104 the connection · MR5120 the subject · MR5121 no stream, MR5122 several · MR5124 (retry) it
 * takes no more · MR5125 too large. Warnings: MR5123 not the stream of the position · MR5126 too many ids.
 */
export async function openNatsSink(
  settings: NatsSettings,
  connection: SharedConnection,
  { target, position, labelsOf = () => ({}) }: SinkOptions,
): Promise<Sink> {
  const { address } = target;
  if (address === null) throw wrongSubject('', 'there is none');
  const template = new SubjectTemplate(address);
  const lease = await connection.acquire();
  try {
    const api = new JetStreamApi(lease, settings);
    const info = await findAlertStream(api, template.pattern);
    const ids = new MessageIds(address, String(position?.['copies'] ?? ''));
    return new NatsSink({ settings, lease, api, info, position, context: { template, ids, labelsOf } });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

class NatsSink implements Sink {
  readonly maxInFlight = 1;
  readonly #settings: NatsSettings;
  readonly #lease: Lease;
  readonly #api: JetStreamApi;
  readonly #context: MessageContext;
  readonly #published: PublishedIds;
  #stream: string;
  #created: string;
  #filter: string;
  #publisher: Publisher;
  #sequence: number; // everything that was acknowledged is at or before it, and what comes behind it
  #unfinished: { readonly input: SinkInput; readonly publications: readonly Publication[] } | undefined;
  #isUncertain = false; // something was sent, and what became of it is not known
  #nobodySinceMs = Number.NaN;
  #isForgottenTold = false; // since the last write that came through

  constructor(options: {
    readonly settings: NatsSettings;
    readonly lease: Lease;
    readonly api: JetStreamApi;
    readonly info: StreamInfo;
    readonly position: Position | null;
    readonly context: MessageContext;
  }) {
    const { settings, lease, api, info, position, context } = options;
    this.#settings = settings;
    this.#lease = lease;
    this.#api = api;
    this.#context = context;
    this.#stream = info.config.name;
    this.#created = info.created;
    this.#filter = storedFilter(info, context.template.pattern);
    this.#publisher = this.#publisherTo(info);
    this.#sequence = info.state.last_seq;
    this.#published = new PublishedIds({
      read: range => readIds({ lease, api, settings }, { stream: this.#stream, filter: this.#filter, ...range }),
      isOwn: id => context.ids.isOwn(id),
      onForgotten: () => this.#tellForgotten(),
    });
    if (position === null) return;
    this.#expectBehind(position, info);
    this.#isUncertain = true; // what the run before sent last may be on its way
  }

  /** Resolves when all is acknowledged. After a failure the same input goes on where it was. */
  async write(input: SinkInput): Promise<void> {
    const publications = this.#publicationsOf(input);
    try {
      await this.#publish(publications);
    } catch (error) {
      this.#isUncertain = true;
      throw await this.#explained(error);
    }
    for (const { message, sequence } of publications) {
      this.#published.take(message.id);
      this.#sequence = Math.max(this.#sequence, sequence!);
    }
    this.#context.ids.commit();
    this.#unfinished = undefined;
    this.#nobodySinceMs = Number.NaN;
    this.#isForgottenTold = false;
  }

  /** While it may be that a replay is not through, what it did not make again yet stays behind the position. */
  async position(): Promise<Position> {
    const { first } = this.#published;
    return {
      stream: this.#stream,
      created: this.#created,
      sequence: first === undefined ? this.#sequence : Math.min(first - 1, this.#sequence),
      copies: this.#context.ids.kept,
    };
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  #publicationsOf(input: SinkInput): readonly Publication[] {
    if (this.#unfinished?.input === input) return this.#unfinished.publications;
    this.#context.ids.rollback();
    const messages = alertMessages(input, this.#context);
    const publications = messages.map(message => ({ message, sequence: null }));
    this.#unfinished = { input, publications };
    return publications;
  }

  async #publish(publications: readonly Publication[]): Promise<void> {
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
    if (info === undefined) throw new PublishRefusal('nobody', this.#context.template.pattern, 'nobody');
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
    this.#filter = storedFilter(info, this.#context.template.pattern);
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
