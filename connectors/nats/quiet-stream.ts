import type { StreamInfo } from '@nats-io/jetstream';
import type { JetStreamApi } from './jetstream-api.ts';
import type { ReadingPlace } from './reading-place.ts';
import { serverTimeUs } from './server-time.ts';

export type QuietFound = {
  readonly info: StreamInfo;
  /** Up to here there is none of our messages. */
  readonly sequence: number;
  /** The server's time when that was so. */
  readonly timeUs: number;
};

/**
 * What the stream's leader says while nothing comes. The last sequence is asked for first, and then whether one of our
 * messages stands behind the place: if not, all up to that sequence was handled when the server's clock showed that
 * time. What a consumer says of itself lags behind what is stored.
 *
 * Undefined: something is on its way, or the stream is gone.
 */
export async function askQuietStream(
  api: JetStreamApi,
  place: ReadingPlace,
): Promise<QuietFound | 'gone' | { readonly info: StreamInfo; readonly waiting: number }> {
  const { sequence } = place;
  const info = await api.streamInfo(place.stream);
  if (info === undefined) return 'gone';
  const last = info.state.last_seq;
  const waiting = last > sequence ? await api.nextSequence(place.stream, sequence + 1, place.subject) : undefined;
  if (waiting !== undefined && waiting <= last) return { info, waiting };
  return { info, sequence: last, timeUs: serverTimeUs(info.ts ?? '') };
}
