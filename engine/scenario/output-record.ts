import type { Rejection } from '../batch.ts';
import type { OutputRow } from '../connector.ts';
import type { AlertChange } from '../operator.ts';
import { isSame } from './same-value.ts';

export type Output =
  | { readonly kind: 'alert'; readonly name: string; readonly alert: AlertChange }
  | { readonly kind: 'row'; readonly name: string; readonly row: OutputRow }
  | { readonly kind: 'rejected'; readonly name: string; readonly rejection: Omit<Rejection, 'atIndex' | 'identity'> };

/**
 * All that a run gave, as series of one rule, or stream, and key: only within these is there an order. After a restore
 * what has been heard comes again; it is compared with what came before, and kept once.
 */
export class OutputRecord {
  /** What came otherwise after a restore, for people. */
  readonly contradictions: string[] = [];
  readonly #series = new Map<string, Output[]>();
  #heard = new Map<string, number>(); // of each series, since the beginning

  get series(): ReadonlyMap<string, readonly Output[]> {
    return this.#series;
  }

  add(output: Output): void {
    const name = seriesName(output);
    const series = this.#series.get(name) ?? [];
    this.#series.set(name, series);
    const index = this.#heard.get(name) ?? 0;
    this.#heard.set(name, index + 1);
    if (index === series.length) series.push(output);
    else if (!isSame(series[index], output))
      this.contradictions.push(`${name} differs: ${shown(series[index])}, then ${shown(output)}`);
  }

  /** How far each series has been heard, for a checkpoint. */
  position(): ReadonlyMap<string, number> {
    return new Map(this.#heard);
  }

  rewind(position: ReadonlyMap<string, number>): void {
    this.#heard = new Map(position);
  }

  /** At the end: everything that came before a restore must have come after it, too. */
  close(): void {
    for (const [name, series] of this.#series) {
      const missing = series[this.#heard.get(name) ?? 0];
      if (missing !== undefined) this.contradictions.push(`${name} does not come again: ${shown(missing)}`);
    }
  }
}

function seriesName(output: Output): string {
  switch (output.kind) {
    case 'alert':
      return `alerts of ${output.name}(${keyText(output.alert.key)})`;
    case 'row':
      return `rows of ${output.name}(${keyText(output.row.key)})`;
    case 'rejected':
      return `rejected of ${output.name}`;
  }
}

function keyText(key: AlertChange['key']): string {
  return Object.values(key)
    .map(value => JSON.stringify(value))
    .join(', ');
}

function shown(output: Output | undefined): string {
  return JSON.stringify(output);
}
