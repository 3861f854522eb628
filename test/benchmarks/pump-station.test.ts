import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engineBatches, type GoldenStream } from '../../benchmarks/golden-stream.ts';
import { readReadings, writeReadings } from '../../benchmarks/peers/pump-station/readings.ts';
import { pumpStation } from '../../benchmarks/peers/pump-station/rules.ts';
import { checkOutputs, createEngine, planOf } from '../../benchmarks/throughput/passes.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../scripts/services/guarded.js';

const EVENTS = 60_000; // 50 minutes of 20 pumps
const plan = planOf(pumpStation);
let folder: string;
let stream: GoldenStream;

beforeAll(() => {
  folder = makeTemporaryFolder('pump-station');
  const path = join(folder, 'readings');
  writeReadings(path, EVENTS);
  stream = readReadings(path, EVENTS);
});

afterAll(() => removeTemporaryFolder(folder));

describe('the rules of the pump station that peers are asked', () => {
  test('and the loop by hand change the same alerts at the same times', () => {
    expect(checkOutputs(plan, pumpStation, stream).count).toBeGreaterThan(500);
  });

  test('are all raised, and cleared', () => {
    const seen = new Set<string>();
    const engine = createEngine(plan, pumpStation, stream, {
      onAlert: ({ rule, change }) => seen.add(`${rule} ${change}`),
    });
    for (const batch of engineBatches(stream, plan)) engine.push(batch);
    engine.finish('s');
    const rules = [...pumpStation.rules.matchAll(/^rule (\w+)/gm)].map(([, name]) => name);
    expect(rules).toHaveLength(8);
    expect([...seen].toSorted()).toEqual(rules.flatMap(rule => [`${rule} cleared`, `${rule} raised`]).toSorted());
  });
});
