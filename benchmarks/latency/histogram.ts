/** p50, p99 and p99.9, and the greatest. */
export function percentiles(values: ArrayLike<number>): Readonly<Record<'p50' | 'p99' | 'p999' | 'greatest', number>> {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)]!);
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999), greatest: at(1) };
}

/** In bins each a quarter greater than the one before; bars are of their counts' square roots, so that few are seen. */
export function histogramLines(milliseconds: Float64Array, title: string): string[] {
  const counts = new Map<number, number>();
  for (const value of milliseconds) {
    const bin = Math.floor(Math.log(Math.max(value, LEAST_MS) / LEAST_MS) / Math.log(BIN_FACTOR));
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const bins = [...counts.keys()];
  const most = Math.max(...counts.values());
  const { p50, p99, p999, greatest } = percentiles(milliseconds);
  const lines = [`\u001b[1m${title}\u001b[0m   ${milliseconds.length} of them`, ''];
  for (let bin = Math.min(...bins); bin <= Math.max(...bins); bin++) {
    const count = counts.get(bin) ?? 0;
    const bar = '█'.repeat(Math.ceil(Math.sqrt(count / most) * BAR_WIDTH));
    const from = LEAST_MS * BIN_FACTOR ** bin;
    lines.push(`${from.toFixed(2).padStart(8)} ms  \u001b[36m${bar}\u001b[0m ${count}`);
  }
  return [...lines, '', `p50 ${p50} ms   p99 ${p99} ms   p99.9 ${p999} ms   greatest ${greatest} ms`];
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

const LEAST_MS = 0.1;
const BIN_FACTOR = 1.25;
const BAR_WIDTH = 50;
