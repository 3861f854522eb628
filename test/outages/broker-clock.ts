import type { Rewriter } from '../connectors/tcp-proxy.ts';

const HOUR_NS = 3_600_000_000_000n;
const NEW_LINE = Buffer.from('\r\n');

/**
 * Makes what nats-server sends be that of one whose clock is stepped back by an hour at one message of a stream, and forth
 * again at a later one. It changes, in place, since the number of digits stays:
 *
 * - the time in the reply subject of each message in between;
 * - in what the server says of the stream, the time of its first and last message if they are in between, and its own
 *   time if the last one is.
 */
export class BrokerClock implements Rewriter {
  readonly #stream: string;
  readonly #isBack: (sequence: number) => boolean;
  #rest = Buffer.alloc(0); // of a frame that is not whole yet

  constructor(stream: string, isBack: (sequence: number) => boolean) {
    this.#stream = stream;
    this.#isBack = isBack;
  }

  rewrite(bytes: Buffer): Buffer {
    const all = Buffer.concat([this.#rest, bytes]);
    const whole: Buffer[] = [];
    let at = 0;
    for (;;) {
      const lineEnd = all.indexOf(NEW_LINE, at);
      if (lineEnd < 0) break;
      const line = all.toString('latin1', at, lineEnd);
      const payloadAt = lineEnd + NEW_LINE.length;
      const isMessage = /^H?MSG /.test(line);
      const payloadBytes = isMessage ? Number(line.slice(line.lastIndexOf(' ') + 1)) + NEW_LINE.length : 0;
      if (all.length < payloadAt + payloadBytes) break;
      const payload = all.subarray(payloadAt, payloadAt + payloadBytes);
      whole.push(Buffer.from(`${this.#line(line)}\r\n`, 'latin1'), this.#payload(payload));
      at = payloadAt + payloadBytes;
    }
    this.#rest = all.subarray(at);
    return Buffer.concat(whole);
  }

  #line(line: string): string {
    return line.replace(
      /\$JS\.ACK\.([^. ]+)\.([^. ]+)\.(\d+)\.(\d+)\.(\d+)\.(\d+)\./,
      (subject, stream, consumer, deliveries, sequence, delivery, time) => {
        if (stream !== this.#stream || !this.#isBack(Number(sequence))) return subject;
        return `$JS.ACK.${stream}.${consumer}.${deliveries}.${sequence}.${delivery}.${BigInt(time) - HOUR_NS}.`;
      },
    );
  }

  #payload(payload: Buffer): Buffer {
    const text = payload.toString('latin1');
    if (!text.startsWith('{"type":"io.nats.jetstream.api.v1.stream_info_response"')) return payload;
    if (!text.includes(`"config":{"name":"${this.#stream}"`)) return payload;
    const last = numberOf(text, 'last_seq');
    const sequences = { first_ts: numberOf(text, 'first_seq'), last_ts: last, ts: last };
    let changed = text;
    for (const [name, sequence] of Object.entries(sequences)) {
      if (!this.#isBack(sequence)) continue;
      changed = changed.replace(new RegExp(`"${name}":"([^"]+)"`), (_, time) => `"${name}":"${hourBefore(time)}"`);
    }
    return Buffer.from(changed, 'latin1');
  }
}

function numberOf(text: string, name: string): number {
  return Number(new RegExp(`"${name}":(\\d+)`).exec(text)?.[1]);
}

/** Of a time in UTC, whose fraction has any number of digits, or none. */
function hourBefore(time: string): string {
  const [, seconds, rest] = /^(.{19})(.*Z)$/.exec(time)!;
  return new Date(Date.parse(`${seconds}Z`) - 3_600_000).toISOString().slice(0, 19) + rest;
}
