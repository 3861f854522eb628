import type { StreamInfo } from '@nats-io/jetstream';
import { stores } from './find-stream.ts';
import { otherSubjects, streamGone } from './nats-errors.ts';
import type { NatsSettings } from './nats-settings.ts';
import type { ReadingPlace } from './reading-place.ts';

/** Notices what happens to a stream while it is read. */
export class StreamWatch {
  readonly #place: ReadingPlace;
  readonly #onWarning: NatsSettings['onWarning'];
  #goneSinceMs = Number.NaN;
  #isStored = true;

  constructor(place: ReadingPlace, { onWarning }: NatsSettings) {
    this.#place = place;
    this.#onWarning = onWarning;
  }

  /**
   * What the server says of the stream; `askedAt`: the place's sequence when it was asked. False: it is not there, or not
   * yet, as a server that is starting may not know its streams. Errors: MR5107 another one · MR5108 it stays away.
   * Warning: MR5113.
   */
  look(info: StreamInfo | undefined, askedAt: number): info is StreamInfo {
    if (info === undefined) {
      this.#noteGone();
      return false;
    }
    this.#goneSinceMs = Number.NaN;
    this.#place.require(info, askedAt);
    const { stream, subject } = this.#place;
    const isStored = stores(info, subject);
    if (this.#isStored && !isStored) this.#onWarning?.(otherSubjects({ stream, subject }));
    this.#isStored = isStored;
    return true;
  }

  #noteGone(): void {
    const nowMs = performance.now();
    if (Number.isNaN(this.#goneSinceMs)) this.#goneSinceMs = nowMs;
    if (nowMs - this.#goneSinceMs > GONE_AFTER_MS) throw streamGone(this.#place.stream, this.#place.sequence);
  }
}

const GONE_AFTER_MS = 3_000;
