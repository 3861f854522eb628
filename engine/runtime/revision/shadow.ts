import type { EventBatch } from '../../batch.ts';
import type { Engine } from '../../engine.ts';
import type { AlertChange } from '../../operator.ts';
import type { RowColumns } from '../row-batch.ts';
import type { BatchColumns } from '../workers/worker-protocol.ts';
import type { KeyStates } from './key-states.ts';

/** What an engine gives that is made for this. */
export type ShadowOutput = {
  readonly onRows: (rows: RowColumns) => void;
  readonly onAlert: (change: AlertChange) => void;
};

/** An engine for a slice of a plan that is given events in order of time, each of which arrives at its own time. */
export class Shadow {
  readonly keys: KeyStates;
  readonly rows: RowColumns[] = [];
  readonly alerts: AlertChange[] = [];
  readonly #stream: string;
  readonly #engine: Engine;
  #firstUs = Infinity;
  #nowUs = -Infinity;

  constructor(stream: string, createEngine: (output: ShadowOutput) => Engine) {
    this.#stream = stream;
    this.#engine = createEngine({
      onRows: rows => this.rows.push(rows),
      onAlert: change => this.alerts.push(change),
    });
    this.keys = this.#engine.keyStates(stream);
  }

  /** Of the oldest event. */
  get firstUs(): number {
    return this.#firstUs;
  }

  /** Of the newest event. */
  get nowUs(): number {
    return this.#nowUs;
  }

  push({ length, timeUs, columns }: Pick<BatchColumns, 'length' | 'timeUs' | 'columns'>): void {
    if (length === 0) return;
    const arrivalUs = new Float64Array(length);
    let nowUs = this.#nowUs;
    for (let row = 0; row < length; row++) arrivalUs[row] = nowUs = Math.max(nowUs, timeUs[row]!);
    this.#firstUs = Math.min(this.#firstUs, timeUs[0]!); // they come in order
    this.#nowUs = nowUs;
    const batch: EventBatch = { stream: this.#stream, length, timeUs, arrivalUs, columns: [...columns], rejected: [] };
    this.#engine.push(batch);
  }
}
