import { onTestFinished } from 'vitest';
import { createNatsConnector } from '../../../connectors/nats/index.ts';
import type { NatsSettings, NatsWarning } from '../../../connectors/nats/nats-settings.ts';
import type { Scalar } from '../../../engine/batch.ts';
import type { Position, Sink, SinkInput } from '../../../engine/connector.ts';
import { MillraceError } from '../../../engine/errors.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import type { Operator } from './streams.ts';

export type OpenedSink = { readonly sink: Sink; readonly warnings: NatsWarning[] };

export async function openSink(
  server: { readonly url: string },
  options: {
    readonly address?: string;
    readonly position?: Position | null;
    readonly settings?: Partial<NatsSettings>;
    readonly labels?: Readonly<Record<string, string>>;
  } = {},
): Promise<OpenedSink> {
  const { address = 'alerts.{device}.{severity}', position = null, settings = {}, labels = {} } = options;
  const warnings: NatsWarning[] = [];
  const connector = createNatsConnector({
    servers: [server.url],
    reconnectMaxWaitMs: 300,
    onWarning: warning => warnings.push(warning),
    ...settings,
  });
  const target = { connector: 'nats', address, directory: '.' };
  const sink = await connector.openSink!({ target, position, labelsOf: () => labels });
  onTestFinished(() => sink.close());
  return { sink, warnings };
}

export async function createAlertStream(operator: Operator, config: object = {}): Promise<void> {
  await operator.manager.streams.add({ name: 'ALERTS', subjects: ['alerts.>'], ...config });
}

/** The nth change: two of three devices are raised and cleared in turn. */
export function change(n: number, over: Partial<AlertChange> = {}): AlertChange {
  return {
    rule: 'hot',
    key: { device: `m${n % 3}` },
    level: 'high',
    change: n % 2 === 0 ? 'raised' : 'cleared',
    timeUs: 1_700_000_000_000_000 + n * 1_000,
    id: `id${Math.floor(n / 2)}`,
    message: `change ${n}`,
    values: { n },
    ...over,
  };
}

export function alerts(from: number, to: number): SinkInput {
  const changes = Array.from({ length: to - from + 1 }, (_, i) => change(from + i));
  return { kind: 'alerts', changes };
}

export function rows(values: readonly Readonly<Record<string, Scalar>>[], stream = 'motor'): SinkInput {
  const made = values.map((one, i) => ({ timeUs: i * 1_000, key: { device: 'm' }, values: one }));
  return {
    kind: 'rows',
    batch: {
      stream,
      fields: Object.keys(values[0]!).map(name => ({ name, type: 'float' as const })),
      length: made.length,
      rows: made,
    },
  };
}

/** As the engine does: the same input again for as long as that is worth while. */
export async function writeUntilDone({ sink }: OpenedSink, input: SinkInput): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await sink.write(input);
      return failures;
    } catch (error) {
      if (!(error instanceof MillraceError && error.retry === 'backoff') || failures > 200) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

export type Stored = { readonly subject: string; readonly id: string; readonly text: string };

/** All that a stream holds, in order. */
export async function stored(operator: Operator, stream = 'ALERTS'): Promise<Stored[]> {
  const { state } = await operator.manager.streams.info(stream);
  const found: Stored[] = [];
  if (state.messages === 0) return found;
  const { jetstream } = await import('@nats-io/jetstream');
  const consumer = await jetstream(operator.client).consumers.get(stream);
  const messages = await consumer.consume({ max_messages: 5_000 });
  for await (const message of messages) {
    found.push({ subject: message.subject, id: message.headers?.get('Nats-Msg-Id') ?? '', text: message.string() });
    if (message.info.pending === 0) break;
  }
  await messages.close();
  return found;
}

/** The numbers of the changes that a stream holds, in order; what others publish is left out. */
export function numbersOf(messages: readonly Stored[]): number[] {
  return messages.filter(({ id }) => id !== '').map(({ text }) => JSON.parse(text).data.values.n);
}

/** xorshift32: the same numbers for the same seed, each below `limit`. */
export function createRandom(seed: number): (limit: number) => number {
  let state = seed || 1;
  return limit => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
}
