import type { Position, Sink, SinkInput, SinkOptions } from '../../engine/connector.ts';
import { alertMessages, type MessageContext } from './alert-message.ts';
import { findAlertStream } from './alert-stream.ts';
import type { Lease, SharedConnection } from './connection.ts';
import { JetStreamApi } from './jetstream-api.ts';
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
 * OncePublisher. Warnings: those of OncePublisher.
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
    return new NatsSink({ lease, publisher, context: { template, ids, labelsOf } });
  } catch (error) {
    await lease.release();
    throw error;
  }
}

class NatsSink implements Sink {
  readonly maxInFlight = 8;
  readonly #lease: Lease;
  readonly #publisher: OncePublisher;
  readonly #context: MessageContext;
  readonly #unfinished = new Map<SinkInput, readonly Publication[]>(); // bound: maxInFlight

  constructor(options: {
    readonly lease: Lease;
    readonly publisher: OncePublisher;
    readonly context: MessageContext;
  }) {
    this.#lease = options.lease;
    this.#publisher = options.publisher;
    this.#context = options.context;
  }

  /** Resolves when all is acknowledged. After a failure the same input goes on where it was. */
  async write(input: SinkInput): Promise<void> {
    await this.#publisher.publish(this.#publicationsOf(input));
    this.#unfinished.delete(input);
  }

  async position(): Promise<Position> {
    return { ...this.#publisher.position, copies: this.#context.ids.kept };
  }

  async close(): Promise<void> {
    await this.#lease.release();
  }

  /** What failed is made again with the same ids. */
  #publicationsOf(input: SinkInput): readonly Publication[] {
    const begun = this.#unfinished.get(input);
    if (begun !== undefined) return begun;
    const publications = alertMessages(input, this.#context).map(message => ({ message, sequence: null }));
    this.#unfinished.set(input, publications);
    return publications;
  }
}
