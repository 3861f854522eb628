import type { StreamInfo } from '@nats-io/jetstream';
import type { Position } from '../../engine/connector.ts';
import type { MillraceError } from '../../engine/errors.ts';
import { otherStream } from './nats-errors.ts';

/**
 * Where a source stands in a JetStream stream: everything up to `sequence` was handled, or is none of its messages. A
 * stream that was made anew counts from 1 again, so the time of its creation belongs to it.
 */
export class ReadingPlace {
  readonly stream: string;
  readonly created: string;
  readonly subject: string;
  sequence = 0;
  /** Of the last message that was handled; 0: there was none. */
  arrivalUs = 0;

  constructor(info: StreamInfo, subject: string) {
    this.stream = info.config.name;
    this.created = info.created;
    this.subject = subject;
  }

  get position(): Position {
    const { stream, created, subject, sequence, arrivalUs } = this;
    return { stream, created, subject, sequence, arrivalUs };
  }

  /** Goes on at a kept position. Errors: MR5107 it is of another stream. */
  goTo(position: Position): void {
    const { stream, created, sequence } = position;
    if (stream !== this.stream) throw otherStream(this.stream, `the kept state was reading ${stream}`);
    this.sequence = Number(sequence);
    this.arrivalUs = Number(position['arrivalUs']);
    if (created !== this.created) throw this.#madeAnew(this.created);
  }

  /** `sequence`: where it stood when the server was asked; more may have come before its answer. Errors: MR5107. */
  require(info: StreamInfo, sequence: number): void {
    if (info.created !== this.created) throw this.#madeAnew(info.created);
    const last = info.state.last_seq;
    if (last < sequence) {
      throw otherStream(this.stream, `it ends at sequence ${last}, and ${sequence} was read already`);
    }
  }

  #madeAnew(created: string): MillraceError {
    return otherStream(
      this.stream,
      `it was made anew at ${created}; of the one before, sequence ${this.sequence} was the last that was read`,
    );
  }
}
