const BARS = '▁▂▃▄▅▆▇█';
const GAP = ' ';

/** One character a reading, scaled to their own range; a null is a gap, equal readings are a line at half height. */
export function sparkline(readings: readonly (number | null)[]): string {
  const known = readings.filter(reading => reading !== null);
  const low = Math.min(...known);
  const range = Math.max(...known) - low;
  return readings.map(reading => (reading === null ? GAP : barOf(reading, low, range))).join('');
}

function barOf(reading: number, low: number, range: number): string {
  const share = range === 0 ? 0.5 : (reading - low) / range;
  return BARS[Math.min(BARS.length - 1, Math.floor(share * BARS.length))]!;
}
