import { alertLine, isoTime } from '../../../connectors/codecs/output-lines.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import type { HistorySummary } from '../../../engine/runtime/history/replay-history.ts';
import { TableOutput } from '../table-output.ts';
import { LineWriter } from '../line-writer.ts';

/** What a replay tells on standard output. */
export interface ReplayReport {
  alerts(changes: readonly AlertChange[]): void;
  drained(signal: AbortSignal): Promise<void>;
  end(summary: HistorySummary, tookMs: number): void;
}

/** One object a line: the changes as they come, then what was counted. */
export class JsonReport implements ReplayReport {
  readonly #writer = new LineWriter(process.stdout);

  alerts(changes: readonly AlertChange[]): void {
    for (const change of changes) this.#writer.line(alertLine(change));
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#writer.drained(signal);
  }

  end(summary: HistorySummary): void {
    this.#writer.line(JSON.stringify({ type: 'summary', ...summary }));
    this.#writer.flush();
  }
}

/** How often each rule raised an alert, by key: the most frequent first. */
export class TextReport implements ReplayReport {
  readonly #raised = new Map<string, Raised>(); // by rule and key; bound: MOST_KEYS
  #untold = 0;

  alerts(changes: readonly AlertChange[]): void {
    for (const change of changes) if (change.change === 'raised') this.#add(change);
  }

  async drained(): Promise<void> {}

  end(summary: HistorySummary, tookMs: number): void {
    const raised = [...this.#raised.values()].sort((a, b) => b.count - a.count || a.firstUs - b.firstUs);
    if (raised.length > 0) {
      const table = new TableOutput(['rule', 'key', 'raised', 'first', 'last'], 'text');
      table.rows(
        raised
          .slice(0, MOST_LINES)
          .map(({ rule, key, count, firstUs, lastUs }) => [rule, key, count, isoTime(firstUs), isoTime(lastUs)]),
      );
      table.end();
    }
    const lines = [...this.#leftOut(raised.length), ...this.#sums(summary, tookMs)];
    process.stdout.write(lines.map(line => `${line}\n`).join(''));
  }

  #add({ rule, key, timeUs }: AlertChange): void {
    const text = Object.entries(key)
      .map(([name, value]) => `${name}=${value}`)
      .join(',');
    const name = `${rule} ${text}`;
    const known = this.#raised.get(name);
    if (known !== undefined) {
      known.count++;
      known.lastUs = timeUs;
    } else if (this.#raised.size < MOST_KEYS) {
      this.#raised.set(name, { rule, key: text, count: 1, firstUs: timeUs, lastUs: timeUs });
    } else {
      this.#untold++;
    }
  }

  #leftOut(keys: number): string[] {
    const more = keys > MOST_LINES ? [`… and ${(keys - MOST_LINES).toLocaleString('en')} other rules and keys`] : [];
    return this.#untold === 0
      ? more
      : [...more, `… and ${this.#untold.toLocaleString('en')} alerts of still other keys`];
  }

  #sums({ events, alerts, rows, late, rejected, shares }: HistorySummary, tookMs: number): string[] {
    const count = (number: number, what: string) => `${number.toLocaleString('en')} ${what}`;
    const seconds = tookMs / 1_000;
    const rate = Math.round(events / Math.max(seconds, 0.001));
    const parts = [
      count(events, 'events'),
      count(alerts, 'changes of alerts'),
      ...(rows > 0 ? [count(rows, 'rows')] : []),
      ...(late > 0 ? [count(late, 'late')] : []),
      ...(rejected > 0 ? [count(rejected, 'rejected')] : []),
    ];
    const by = shares === 1 ? '' : `, ${shares} threads`;
    return [`${parts.join(', ')} in ${seconds.toFixed(1)} s: ${rate.toLocaleString('en')} events a second${by}`];
  }
}

type Raised = {
  readonly rule: string;
  readonly key: string;
  readonly firstUs: number;
  count: number;
  lastUs: number;
};

const MOST_KEYS = 100_000;
const MOST_LINES = 50;
