import type { LabelLimit } from './label-limit.ts';
import type { Metric, Sample } from './metric.ts';

/** Samples of one metric, by their labels. */
export type Samples = ReadonlyMap<string, Sample>;

/**
 * Counters that go on over several jobs, each of which counts from 0: what ended jobs counted is added to what the running
 * one counts. Bounded: what the plan does not have any more is let go of.
 */
export class CountedTotals {
  readonly #before = new Map<Metric, Map<string, Sample>>();

  /** Of the running job, with what was before it. */
  total(metric: Metric, now: Samples, limit: LabelLimit): Samples {
    if (metric.kind === 'gauge') return now;
    const before = this.#before.get(metric);
    if (before === undefined) return now;
    const totals = new Map(now);
    for (const [name, sample] of before) {
      if (!metric.labels.every((label, i) => limit.isKept(label, sample.labels[i]!))) continue;
      totals.set(name, { labels: sample.labels, value: sample.value + (now.get(name)?.value ?? 0) });
    }
    return totals;
  }

  /** The job has ended with these totals. */
  keep(metric: Metric, totals: Samples): void {
    if (metric.kind === 'counter') this.#before.set(metric, new Map(totals));
  }
}
