import { writeCodedMessage } from './coded-message.ts';
import { counted } from './counted.ts';
import { LineWriter } from './line-writer.ts';
import { isTerminal } from './terminal.ts';

/** What `ingest` says while it writes. */
export interface IngestOutput {
  /** These messages, and all before them, are durable; the last one has this sequence. */
  synced(sync: { readonly sequence: number; readonly messages: number }): void;
  /** A line that was left out. */
  tooLong(input: string, line: number): void;
  /** Last of all. */
  summary(): void;
}

abstract class CountedOutput implements IngestOutput {
  protected readonly writer = new LineWriter(process.stdout);
  protected messages = 0;
  protected sequence = 0;
  protected rejected = 0;

  synced({ sequence, messages }: { readonly sequence: number; readonly messages: number }): void {
    this.sequence = sequence;
    this.messages += messages;
    this.showSynced();
  }

  tooLong(input: string, line: number): void {
    this.rejected++;
    writeCodedMessage({
      severity: 'warning',
      code: 'MR4003',
      message: `line ${line} of ${input} is longer than 16 MB and is left out`,
    });
  }

  summary(): void {
    this.showSummary();
    this.writer.flush();
  }

  protected abstract showSynced(): void;
  protected abstract showSummary(): void;
}

/** A count on a terminal, and a line at the end. */
export class IngestText extends CountedOutput {
  protected showSynced(): void {
    if (isTerminal(process.stdout)) this.writer.status(counted(this.messages, 'message'));
  }

  protected showSummary(): void {
    this.writer.status('');
    const parts = [counted(this.messages, 'message')];
    if (this.messages > 0) parts.push(`synced up to sequence ${this.sequence.toLocaleString('en')}`);
    if (this.rejected > 0) parts.push(`${counted(this.rejected, 'line')} left out`);
    this.writer.line(parts.join(', '));
  }
}

/** A line for each sync, at once: whoever sends the lines may forget what it names. */
export class IngestJson extends CountedOutput {
  protected showSynced(): void {
    this.#line('synced');
    this.writer.flush();
  }

  protected showSummary(): void {
    this.#line('summary');
  }

  #line(type: 'synced' | 'summary'): void {
    const { sequence, messages, rejected } = this;
    const members = type === 'synced' ? { sequence, messages } : { sequence, messages, rejected };
    this.writer.line(JSON.stringify({ type, ...members }));
  }
}
