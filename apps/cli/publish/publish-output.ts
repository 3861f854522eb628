import type { Unreadable } from '../../../connectors/file/records.ts';
import { counted } from '../counted.ts';
import { LineWriter } from '../line-writer.ts';
import { ProgressBar } from '../progress-bar.ts';
import { ShownRejections } from '../shown-rejections.ts';
import { coloursFor, isTerminal } from '../terminal.ts';

export type Playing = {
  readonly file: string;
  /** With names in braces. */
  readonly subject: string;
  readonly jsStream: string;
  readonly shiftUs: number;
};

export type Published = { readonly messages: number; readonly rejected: number };

/** What `publish` says while it sends. */
export interface PublishOutput {
  begin(playing: Playing): void;
  rejected(rejection: Unreadable): void;
  /** So many messages are stored. `share` is 0..1, or null where it is not known. */
  published(state: { readonly messages: number; readonly share: number | null }): void;
  /** Resolves when more can be shown, or the signal aborts. */
  drained(signal: AbortSignal): Promise<void>;
  /** Last of all. */
  summary(published: Published): void;
}

/** Lines for people, with a progress bar below them on a terminal. */
export class PublishText implements PublishOutput {
  readonly #writer = new LineWriter(process.stdout);
  readonly #bar = isTerminal(process.stdout) ? new ProgressBar(this.#writer, 'messages') : null;
  readonly #colours = coloursFor(process.stdout);
  readonly #rejections = new ShownRejections(this.#colours);
  readonly #startedMs = performance.now();
  #playing: Playing | null = null;

  begin(playing: Playing): void {
    const { file, subject, jsStream, shiftUs } = playing;
    const moved = shiftUs === 0 ? '' : `, times moved by ${daysText(shiftUs)}`;
    this.#writer.line(this.#colours.dim(`${file} → ${subject}, stream ${jsStream}${moved}`));
    this.#playing = playing;
  }

  rejected({ code, reason }: Unreadable): void {
    for (const line of this.#rejections.take({ code, stream: this.#playing!.file, reason })) this.#writer.line(line);
  }

  published({ messages, share }: { readonly messages: number; readonly share: number | null }): void {
    this.#bar?.show({ events: messages, share });
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#writer.drained(signal);
  }

  summary({ messages, rejected }: Published): void {
    this.#bar?.hide();
    const parts = [`${counted(messages, 'message')} in ${this.#playing!.jsStream}`];
    if (rejected > 0) parts.push(`${counted(rejected, 'record')} left out`);
    this.#writer.line(this.#colours.bold(parts.join(' · ')));
    for (const line of this.#rejections.counts()) this.#writer.line(line);
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const rate = Math.round(messages / seconds).toLocaleString('en');
    this.#writer.line(this.#colours.dim(`${seconds.toFixed(2)} s, ${rate} messages/s`));
    this.#writer.flush();
  }
}

/** A line for each time that the stream has acknowledged some. */
export class PublishJson implements PublishOutput {
  readonly #writer = new LineWriter(process.stdout);
  #playing: Playing | null = null;
  #messages = 0;

  begin(playing: Playing): void {
    this.#playing = playing;
  }

  rejected(rejection: Unreadable): void {
    this.#line({ type: 'rejected', ...rejection });
  }

  published({ messages }: { readonly messages: number }): void {
    if (messages > this.#messages) this.#line({ type: 'published', messages });
    this.#messages = messages;
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#writer.drained(signal);
  }

  summary({ messages, rejected }: Published): void {
    const { jsStream: stream, shiftUs: moved_us } = this.#playing!;
    this.#line({ type: 'summary', messages, rejected, stream, moved_us });
    this.#writer.flush();
  }

  #line(members: object): void {
    this.#writer.line(JSON.stringify(members));
  }
}

/** `626 d 3 h 12 min`; it is whole minutes. */
function daysText(us: number): string {
  const minutes = Math.abs(us) / 60e6;
  const parts = [
    [Math.floor(minutes / 1440), 'd'],
    [Math.floor((minutes % 1440) / 60), 'h'],
    [minutes % 60, 'min'],
  ] as const;
  const text = parts.flatMap(([count, unit]) => (count === 0 ? [] : [`${count} ${unit}`])).join(' ');
  return us < 0 ? `-${text}` : text;
}
