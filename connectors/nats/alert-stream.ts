import type { StreamInfo } from '@nats-io/jetstream';
import type { Position } from '../../engine/connector.ts';
import type { JetStreamApi } from './jetstream-api.ts';
import { noAlertStream, otherAlertStream, severalAlertStreams } from './publishing-errors.ts';
import type { NatsSettings, NatsWarning } from './nats-settings.ts';

/**
 * The one JetStream stream that takes subjects of this pattern.
 *
 * Errors: MR5121 none · MR5122 several.
 */
export async function findAlertStream(api: JetStreamApi, pattern: string): Promise<StreamInfo> {
  const names = await api.streamNames(pattern);
  if (names.length === 0) throw noAlertStream(pattern, 'none has such a subject');
  if (names.length > 1) throw severalAlertStreams(pattern, names);
  const info = await api.streamInfo(names[0]!);
  if (info === undefined) throw noAlertStream(pattern, `${names[0]} is gone`);
  return info;
}

/** The sequence from which a stream holds what was published behind the position, and what to tell about it. */
export function placeBehind(
  position: Position,
  info: StreamInfo,
): { readonly from: number; readonly warning: NatsWarning | null } {
  const { stream, created } = position;
  const { name } = info.config;
  const { first_seq: first, last_seq: last } = info.state;
  const sequence = Number(position['sequence']);
  if (stream !== name) return { from: 1, warning: otherAlertStream(name, `it was ${stream} before`) };
  if (created !== info.created) {
    return { from: 1, warning: otherAlertStream(name, `it was made anew at ${info.created}`) };
  }
  if (last < sequence) {
    const what = `it ends at sequence ${last}, and it held ${sequence}: what is between is lost`;
    return { from: 1, warning: otherAlertStream(name, what) };
  }
  if (first > sequence + 1) {
    const what = `messages ${sequence + 1} to ${first - 1} were removed, perhaps by its limits`;
    return { from: first, warning: otherAlertStream(name, what) };
  }
  return { from: sequence + 1, warning: null };
}

/** Whether it may refuse one message and take the next: it is full, or its leader changes. */
export function mayRefuseOne({ config }: StreamInfo): boolean {
  return config.discard === 'new' || config.num_replicas > 1;
}

/** A transform on the way into the stream hides the subject that was published. */
export function storedFilter({ config }: StreamInfo, pattern: string): string {
  return config.subject_transform === undefined ? pattern : '>';
}

export function tell(settings: NatsSettings, warning: NatsWarning | null): void {
  if (warning !== null) settings.onWarning?.(warning);
}
