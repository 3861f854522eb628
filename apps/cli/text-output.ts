import { isoTime } from '../../connectors/codecs/output-lines.ts';
import type { Rejection } from '../../engine/batch.ts';
import type { OutputRow, RowBatch } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { showValue } from '../../engine/operators/rule/show.ts';
import type { Backlog } from '../../engine/runtime/backlog-watch.ts';
import type { Summary } from '../../engine/runtime/job.ts';
import type { AlertColumns } from './alert-columns.ts';
import { LineWriter } from './line-writer.ts';
import type { RunOutput } from './output.ts';
import { printable } from './printable.ts';
import { ProgressBar } from './progress-bar.ts';
import type { RecentReadings } from './recent-readings.ts';
import { ShownRejections } from './shown-rejections.ts';
import type { ShownRows } from './shown-rows.ts';
import { sparkline } from './sparkline.ts';
import { type Colours, coloursFor, isTerminal } from './terminal.ts';

type TextOutputOptions = {
  readonly shown: ShownRows;
  readonly columns: AlertColumns;
  /** For the sparkline beside an alert; null: none. */
  readonly readings: RecentReadings | null;
};

/** Lines for people: aligned, coloured on a terminal, with a progress bar below them. */
export class TextOutput implements RunOutput {
  readonly #options: TextOutputOptions;
  readonly #colours = coloursFor(process.stdout);
  readonly #writer = new LineWriter(process.stdout);
  readonly #bar = isTerminal(process.stdout) ? new ProgressBar(this.#writer) : null;
  readonly #startedMs = performance.now();
  readonly #raised = new Map<string, number>(); // by level
  readonly #rejections = new ShownRejections(this.#colours);
  #shownRows = 0;
  #held: AlertChange[] = [];

  constructor(options: TextOutputOptions) {
    this.#options = options;
  }

  rows(batch: RowBatch): void {
    this.#options.readings?.add(batch);
    const rows = this.#options.shown.of(batch);
    for (const row of rows) this.#writer.line(rowText(batch, row));
    this.#shownRows += rows.length;
  }

  /** Held until the readings of its batch are there. */
  alert(change: AlertChange): void {
    if (change.change === 'raised') countOne(this.#raised, change.level);
    if (this.#options.readings === null) this.#writer.line(this.#alertText(change));
    else this.#held.push(change);
  }

  rejected(rejection: Rejection): void {
    for (const line of this.#rejections.take(rejection)) this.#writer.line(line);
  }

  progress(state: { readonly share: number | null; readonly events: number }): void {
    this.#showHeld();
    this.#bar?.show(state);
  }

  backlog(backlog: Backlog): void {
    const counts = Object.values(backlog).filter(count => count !== null);
    this.#bar?.showBehind(counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0));
  }

  async drained(signal: AbortSignal): Promise<void> {
    await this.#writer.drained(signal);
  }

  summary(summary: Summary): void {
    this.#showHeld();
    this.#bar?.hide();
    this.#writer.line(this.#colours.bold(summaryText(summary, { raised: this.#raised, shownRows: this.#shownRows })));
    for (const line of advice(summary)) this.#writer.line(line);
    for (const line of this.#rejections.counts()) this.#writer.line(line);
    const seconds = (performance.now() - this.#startedMs) / 1000;
    const rate = formatCount(Math.round(summary.events / seconds));
    this.#writer.line(this.#colours.dim(`${seconds.toFixed(2)} s, ${rate} events/s`));
    this.#writer.flush();
  }

  #showHeld(): void {
    for (const change of this.#held) this.#writer.line(this.#alertText(change));
    this.#held = [];
    this.#options.readings?.trim();
  }

  #alertText(change: AlertChange): string {
    const colour = colourOf(change, this.#colours);
    const level = colour(`${change.change === 'cleared' ? '○' : '●'} ${change.level.padEnd(8)}`);
    const { ruleWidth, changeWidth } = this.#options.columns;
    const rule = this.#colours.bold(change.rule.padEnd(ruleWidth));
    const parts = [formatTime(change.timeUs), level, change.change.padEnd(changeWidth), rule];
    const key = keyText(change.key);
    if (key !== '') parts.push(printable(key));
    parts.push(printable(change.message));
    const more = stateText(change);
    if (more !== '') parts.push(this.#colours.dim(printable(more)));
    if (this.#options.readings !== null) parts.push(this.#sparklineText(change, this.#options.readings));
    return parts.join('  ').trimEnd();
  }

  /** What came after the change is dimmed. */
  #sparklineText(change: AlertChange, readings: RecentReadings): string {
    const { before, after } = readings.around(change);
    const bars = sparkline([...before, ...after]);
    return colourOf(change, this.#colours)(bars.slice(0, before.length)) + this.#colours.dim(bars.slice(before.length));
  }
}

function colourOf(change: AlertChange, colours: Colours): (text: string) => string {
  if (change.change === 'cleared') return colours.green;
  switch (change.level) {
    case 'critical':
      return text => colours.bold(colours.red(text));
    case 'high':
      return colours.red;
    case 'medium':
      return colours.yellow;
    case 'low':
      return colours.cyan;
    case 'info':
      return colours.blue;
  }
}

/** `[acknowledged, stale] by Eva: pump is being watched` */
function stateText({ state, by, comment }: AlertChange): string {
  const words = state === undefined ? [] : [`[${state.join(', ').replaceAll('_', ' ')}]`];
  if (by !== undefined) words.push(`by ${by}${comment === undefined ? '' : `: ${comment}`}`);
  return words.join(' ');
}

/** As people read values: with units, and numbers to six digits. `--json` has them to the last one. */
function rowText({ stream, fields }: RowBatch, { timeUs, key, values }: OutputRow): string {
  const shown = Object.entries({ ...key, ...values }).map(([name, value]) => {
    const field = fields.find(known => known.name === name);
    return printable(`${name}=${showValue(value, field)}`);
  });
  return [formatTime(timeUs), stream, ...shown].join('  ');
}

function summaryText(
  summary: Summary,
  { raised, shownRows }: { readonly raised: ReadonlyMap<string, number>; readonly shownRows: number },
): string {
  const levels = [...raised].map(([level, count]) => `${formatCount(count)} ${level}`).join(', ');
  const parts = [
    `${formatCount(summary.events)} events`,
    ...(shownRows === 0 ? [] : [`${formatCount(shownRows)} rows`]),
    levels === '' ? 'no alert raised' : `raised ${levels}`,
    `${formatCount(summary.late)} late`,
    `${formatCount(summary.rejected)} rejected`,
    ...(summary.repeated === 0 ? [] : [`${formatCount(summary.repeated)} repeated`]),
    ...(summary.forgotten === 0 ? [] : [`${formatCount(summary.forgotten)} keys forgotten`]),
  ];
  return parts.join(' · ');
}

/** What to do where something was left out that a user would expect to count. */
function advice({ events, late, rejected }: Summary): string[] {
  const lines: string[] = [];
  if (late > 0) {
    const what = `${formatCount(late)} of ${formatCount(events)} events came late, behind newer ones of the same key or of what they meet`;
    lines.push(`${what}, and no rule saw them: give the stream a \`lateness\` that covers it, such as \`lateness 1h\``);
  }
  if (events === 0 && rejected > 0) lines.push('nothing passed: every event was rejected');
  return lines;
}

function keyText(key: AlertChange['key']): string {
  return Object.values(key).join(' ');
}

/** `2013-12-22 20:00:00`, UTC, with a fraction only where there is one. */
function formatTime(timeUs: number): string {
  return isoTime(timeUs)
    .replace('T', ' ')
    .replace(/(\.000)?Z$/, '');
}

function formatCount(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ','); // toLocaleString loads the rules of all languages first
}

function countOne(counts: Map<string, number>, name: string): number {
  const count = (counts.get(name) ?? 0) + 1;
  counts.set(name, count);
  return count;
}
