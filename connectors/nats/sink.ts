import type { Position, Sink, SinkInput, SinkOptions } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { alertMessages, type MessageContext } from './alert-message.ts';
import { findAlertStream, tell } from './alert-stream.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { isPassing, JetStreamApi } from './jetstream-api.ts';
import { MessageIds } from './message-ids.ts';
import type { NatsSettings } from './nats-settings.ts';
import { OncePublisher } from './once-publisher.ts';
import type { Publication } from './publisher.ts';
import { wrongSubject } from './publishing-errors.ts';
import { SubjectTemplate } from './subject-template.ts';

/**
 * Publishes alerts and rows to JetStream: docs/connectors/nats-alerts.md. A position is the end of the alert stream when
 * all before was acknowledged.
 *
 * Errors: MR5101–MR5104 the connection · MR5120 the subject · MR5121 no stream, MR5122 several, and those of
 * OncePublisher. Warnings: those of OncePublisher · what is retried.
 */
export async function openNatsSink(
  settings: NatsSettings,
  connection: SharedConnection,
  { target, position, labelsOf = () => ({}) }: SinkOptions,
): Promise<Sink> {
  const { address } = target;
  if (address === null) throw wrongSubject('', 'there is none');
  const template = new SubjectTemplate(address);
  const { pattern } = template;
  const lease = await connection.acquire();
  try {
    const api = new JetStreamApi(lease, settings);
    const info = await findAlertStream(api, pattern);
    const ids = new MessageIds(address, String(position?.['copies'] ?? ''));
    const isOwn = (id: string) => ids.isOwn(id);
    const publisher = new OncePublisher({ settings, lease, api, info, pattern, isOwn, position });
    return new NatsSink({ settings, lease, publisher, context: { template, ids, labelsOf } });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

class NatsSink implements Sink {
  readonly maxInFlight = 1;
  readonly #settings: NatsSettings;
  readonly #lease: Lease;
  readonly #publisher: OncePublisher;
  readonly #context: MessageContext;
  #unfinished: { readonly input: SinkInput; readonly publications: readonly Publication[] } | undefined;
  #toldCode = '';

  constructor(options: {
    readonly settings: NatsSettings;
    readonly lease: Lease;
    readonly publisher: OncePublisher;
    readonly context: MessageContext;
  }) {
    this.#settings = options.settings;
    this.#lease = options.lease;
    this.#publisher = options.publisher;
    this.#context = options.context;
  }

  /** Resolves when all is acknowledged. After a failure the same input goes on where it was. */
  async write(input: SinkInput): Promise<void> {
    try {
      await this.#publisher.publish(this.#publicationsOf(input));
    } catch (error) {
      this.#tellOnce(error);
      throw error;
    }
    this.#context.ids.commit();
    this.#unfinished = undefined;
    this.#toldCode = '';
  }

  async position(): Promise<Position> {
    return { ...this.#publisher.position, copies: this.#context.ids.kept };
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  /** A failure that is retried stops the whole job, so it is told, and once. The connection tells of itself. */
  #tellOnce(error: unknown): void {
    if (!(error instanceof MillraceError) || !isPassing(error) || this.#toldCode === error.code) return;
    this.#toldCode = error.code;
    const { code, message, hint } = error;
    if (code !== 'MR5101') tell(this.#settings, { code, message, ...(hint === undefined ? {} : { hint }) });
  }

  #publicationsOf(input: SinkInput): readonly Publication[] {
    if (this.#unfinished?.input === input) return this.#unfinished.publications;
    this.#context.ids.rollback();
    const messages = alertMessages(input, this.#context);
    const publications = messages.map(message => ({ message, sequence: null }));
    this.#unfinished = { input, publications };
    return publications;
  }
}
