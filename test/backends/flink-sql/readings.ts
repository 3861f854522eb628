import { mulberry32 } from '../../../benchmarks/golden-stream.ts';

const START_MS = 1_700_000_000_000;

/** The stream of test/golden/README.md, as messages. */
export function goldenReadings(count: number): readonly object[] {
  const random = mulberry32(42);
  return Array.from({ length: count }, (_, i) => {
    const [u1, u2, u3, u4] = [random(), random(), random(), random()];
    return {
      device: `d${i % 1000}`,
      ts: START_MS + i,
      temperature: 20 + 60 * u1 + (u4 < 0.01 ? 40 : 0),
      vibration: 10 * u2,
      pressure: 1 + 4 * u3,
      status: i % 7 === 0 ? 1 : 0,
    };
  });
}

/**
 * Readings of four devices with much that can go wrong: values are missing, out of range, no numbers, not good; they come out of
 * order, though never too late. No two have one time, since Flink leaves the order of those open.
 */
export function troubledReadings(count: number): readonly object[] {
  const random = mulberry32(7);
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const readings = Array.from({ length: count }, (_, i) => ({
    device: oneOf(['d1', 'd2', 'd3', 'd4']),
    place: { site: oneOf(['north', 'south', undefined]) },
    ts: START_MS + i * 311,
    spun: START_MS + i * 311 + 150,
    t: oneOf([undefined, 20 + 200 * random(), 20 + 200 * random(), 20 + 200 * random(), 20 + 200 * random(), 400]),
    load: oneOf([undefined, 'n/a', ...Array.from({ length: 8 }, () => String(Math.round(1000 * random()) / 10))]),
    steps: oneOf([undefined, Math.floor(100 * random()) - 50, Math.floor(100 * random()) - 50]),
    running: oneOf([true, true, false, undefined]),
    label: oneOf(['a', 'b', 'stop', undefined]),
    q: oneOf(['good', 'good', 'good', 'uncertain', 'bad', undefined]),
    spin: [0, 100 * random()],
  }));
  const comesAt = readings.map(({ ts }) => ts + 1500 * random());
  const order = readings.map((_, i) => i).sort((a, b) => comesAt[a]! - comesAt[b]!);
  return order.map(i => readings[i]!);
}
