import type { OracleReading } from './detectors.ts';

const TREES = 16;
const NODES = 128; // from 1 on, of which the last 64 are leaves
const WINDOW = 250;

type Side = readonly [low: number, high: number];

/** Half-space trees as they are described: of each tree the nodes that a reading passes, counted by going through the window before. */
export function halfSpace(readings: readonly OracleReading[]): (number | null)[] {
  const fields = readings[0]!.values.length;
  const random = xorshift();
  const splits = Array.from({ length: TREES * NODES }, () => Math.floor(random() * fields));
  const shifts = Array.from({ length: TREES * fields }, random);
  const first = readings.slice(0, WINDOW);
  const ranges = readings[0]!.values.map((_, field): Side => {
    const list = first.map(({ values }) => values[field]!);
    return [Math.min(...list), Math.max(...list)];
  });
  // In parts of the range that was seen, twice as wide as that and shifted.
  const sides = (tree: number) =>
    ranges.map((_, field): Side => {
      const low = -shifts[tree * fields + field]!;
      return [low, low + 2];
    });
  const paths = readings.map(({ values }) => {
    const places = values.map((value, field) => {
      const [least, most] = ranges[field]!;
      return (value - least) / Math.max(most - least, Number.MIN_VALUE);
    });
    return Array.from({ length: TREES }, (_, tree) => {
      return pathOf(places, splits.slice(tree * NODES, (tree + 1) * NODES), sides(tree));
    });
  });
  return readings.map((_, i) => {
    if (i < 2 * WINDOW) return null;
    const end = Math.floor(i / WINDOW) * WINDOW;
    const window = paths.slice(end - WINDOW, end);
    const density = paths[i]!.reduce((sum, path, tree) => {
      const masses = path.map((node, depth) => window.filter(other => other[tree]![depth] === node).length);
      const depth = masses.findIndex((mass, at) => mass < WINDOW / 10 || at === 6);
      return sum + Math.min(1, (masses[depth]! * 2 ** depth) / WINDOW);
    }, 0);
    return 1 - density / TREES;
  });
}

function pathOf(values: readonly number[], splits: readonly number[], sides: readonly Side[]): number[] {
  const open = [...sides];
  const path = [1];
  while (path.at(-1)! < NODES / 2) {
    const field = splits[path.at(-1)!]!;
    const [low, high] = open[field]!;
    const middle = (low + high) / 2;
    const isAbove = values[field]! >= middle;
    open[field] = isAbove ? [middle, high] : [low, middle];
    path.push(2 * path.at(-1)! + (isAbove ? 1 : 0));
  }
  return path;
}

function xorshift(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
