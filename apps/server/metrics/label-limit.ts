import type { JobMetrics } from '../../../engine/runtime/metrics/job-metrics.ts';
import type { Label } from './metric.ts';

/** Under which the rest is told. */
const OTHER = 'other';

/** So many names a label has at most: the first ones of the plan; what is behind them is told together as `other`. */
export class LabelLimit {
  readonly #named: ReadonlyMap<Label, ReadonlySet<string>>;

  constructor(job: JobMetrics, maxNames: number) {
    const first = (names: readonly string[]) => new Set(names.slice(0, maxNames));
    this.#named = new Map<Label, ReadonlySet<string>>([
      ['rule', first(Object.keys(job.rules))],
      ['stream', first([...new Set([...Object.keys(job.streams), ...Object.keys(job.rows)])])],
      ['sink', first(Object.keys(job.sinks))],
      ['input', first(Object.keys(job.inputs))],
      ['function', first(Object.keys(job.functionFailures))],
      ['pattern', first(Object.keys(job.droppedMatches))],
    ]);
  }

  nameOf(label: Label, name: string): string {
    const named = this.#named.get(label);
    return named === undefined || named.has(name) ? name : OTHER;
  }

  /** Whether the plan still has what was told under this name. */
  isKept(label: Label, name: string): boolean {
    const named = this.#named.get(label);
    return named === undefined || named.has(name) || name === OTHER;
  }
}
