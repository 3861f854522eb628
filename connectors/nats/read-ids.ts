import { createInbox, type Msg, nuid } from '@nats-io/transport-node';
import type { Lease } from './connection.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import { connectionError } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import { headersOf } from './message-headers.ts';
import { ReplySubject } from './reply-subject.ts';

export type IdRange = {
  readonly stream: string;
  /** Of the subjects, as they are stored. */
  readonly filter: string;
  readonly from: number;
  /** A sequence that the stream's leader has named. */
  readonly to: number;
};

export type FoundId = { readonly id: string; readonly sequence: number };

/**
 * Ids of messages from a sequence on, up to some thousands: `next` is where to read on, behind `to` when that was all.
 *
 * The replica that a consumer reads from may lag behind the leader, and would end early. So reading is over only when a
 * message at or behind `to` was seen, or when the leader itself says that none follows up to there. A message
 * that is missing breaks the page off, and it is read again from there.
 *
 * Errors: MR5101 (retry), and those of JetStreamApi.
 */
export async function readIds(
  { lease, api, settings }: { readonly lease: Lease; readonly api: JetStreamApi; readonly settings: NatsSettings },
  range: IdRange,
): Promise<{ readonly ids: readonly FoundId[]; readonly next: number }> {
  const { stream, filter, from, to } = range;
  const name = `${settings.consumerPrefix ?? 'millrace'}-published-${nuid.next()}`;
  const consumer = await api.createConsumer(stream, {
    name,
    filter_subject: filter,
    deliver_policy: 'by_start_sequence',
    opt_start_seq: from,
    ack_policy: 'none',
    max_deliver: 1,
    headers_only: true,
    mem_storage: true,
    num_replicas: 1,
    inactive_threshold: INACTIVE_SECONDS * 1e9,
  });
  try {
    if (consumer.num_pending > 0) {
      const page = await readPage(lease, `${api.prefix}.CONSUMER.MSG.NEXT.${stream}.${name}`, settings);
      if (page.last > 0) return { ids: page.ids, next: page.last + 1 };
    }
    const following = await api.nextSequence(stream, from, filter);
    if (following === undefined || following > to) return { ids: [], next: to + 1 };
    throw connectionError(settings, new Error(`message ${following} of ${stream} does not come`));
  } finally {
    void api.deleteConsumer(stream, name).catch(() => {}); // the server does after a while
  }
}

/** What comes of one request, as long as no message is missing in between. */
async function readPage(
  { client, isLost, listen }: Lease,
  subject: string,
  settings: NatsSettings,
): Promise<{ readonly ids: readonly FoundId[]; readonly last: number }> {
  const ids: FoundId[] = [];
  const reply = new ReplySubject();
  let last = 0;
  let delivered = 0;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const inbox = createInbox();
  const take = (error: Error | null, message: Msg) => {
    if (error !== null || !reply.parse(message.reply ?? '') || reply.delivery !== delivered + 1) return end();
    delivered++;
    last = reply.sequence;
    const id = headersOf(message)?.get('Nats-Msg-Id') ?? '';
    if (id !== '') ids.push({ id, sequence: last });
    if (delivered === PAGE_MESSAGES || reply.pending === 0) end();
  };
  const subscription = client.subscribe(inbox, { callback: take });
  const timeoutMs = settings.requestTimeoutMs ?? 5_000;
  const timer = setTimeout(end, timeoutMs);
  const endListening = listen(() => end());
  if (isLost) end();
  const request = { batch: PAGE_MESSAGES, expires: timeoutMs * 1e6 };
  client.publish(subject, JSON.stringify(request), { reply: inbox });
  await ended;
  clearTimeout(timer);
  endListening();
  subscription.unsubscribe();
  return { ids, last };
}

const PAGE_MESSAGES = 10_000;
const INACTIVE_SECONDS = 30;
