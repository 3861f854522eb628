import { spawnSync } from 'node:child_process';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { type Spread, spreadOf } from '../spread.ts';
import type { Curve, Measure, MeasuredPoint, Variant } from './curve.ts';
import { type Fit, fit } from './fit.ts';

/** Of what the machine has free; more of it, and other programs would be part of what is measured. */
const MEMORY_SHARE = 0.6;

export type MeasuredCurve = Pick<Curve, 'name' | 'title' | 'of'> & { readonly variants: readonly MeasuredVariant[] };

export type MeasuredVariant = Variant & {
  readonly series: readonly Series[];
  /** Why no greater point was measured. */
  readonly stopped: string | null;
};

export type Series = Measure & {
  readonly points: readonly { readonly x: number; readonly shown: string; readonly value: Spread }[];
  /** Null: it has one point. */
  readonly fit: Fit | null;
};

/** All points in turn, and that several times, so that what the machine does otherwise meets all of them. */
export function measureCurve(curve: Curve, options: { readonly max: number; readonly passes?: number }): MeasuredCurve {
  const { name, title, of } = curve;
  const passes = options.passes ?? curve.passes;
  const points = curve.points.filter((x, i) => x <= options.max || i === 0);
  const runs = curve.variants.map(variant => ({ variant, points: new Map<number, MeasuredPoint[]>(), stopped: '' }));
  for (let pass = 0; pass < passes; pass++) {
    for (const run of runs) {
      for (const x of points) {
        if (pass === 0) run.stopped ||= whyNot(curve, x, run.points);
        if (pass > 0 ? !run.points.has(x) : run.stopped !== '') break;
        const found = run.points.get(x) ?? [];
        run.points.set(x, [...found, measurePoint(curve, run.variant, x)]);
      }
    }
  }
  const variants = runs.map(run => ({
    ...run.variant,
    series: curve.measures.map(measure => seriesOf(curve, measure, run.points)),
    stopped: run.stopped === '' ? null : run.stopped,
  }));
  return { name, title, of, variants };
}

/** What another point would take of memory, if it grows as the number does; empty: it fits. */
function whyNot(curve: Curve, x: number, points: ReadonlyMap<number, readonly MeasuredPoint[]>): string {
  const last = [...points].at(-1);
  if (last === undefined) return '';
  const [before, [measured]] = last;
  const neededBytes = (measured!.values['memory'] ?? 0) * (x / before);
  if (neededBytes <= MEMORY_SHARE * freemem()) return '';
  return `${curve.show(x)} would take ${(neededBytes / 1e9).toFixed(0)} GB of memory`;
}

/** In a process of its own, whose code and memory nothing else has shaped. */
function measurePoint(curve: Curve, variant: Variant, x: number): MeasuredPoint {
  const script = join(import.meta.dirname, 'point.ts');
  const options = ['--expose-gc', '--max-old-space-size=16000', script, curve.name, variant.name, String(x)];
  const child = spawnSync(process.execPath, options, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${curve.name}, ${variant.name}, ${curve.show(x)}: ${child.stderr}`);
  return JSON.parse(child.stdout); // as point.ts prints it
}

function seriesOf(curve: Curve, measure: Measure, measured: ReadonlyMap<number, readonly MeasuredPoint[]>): Series {
  const points = [...measured].map(([x, passes]) => ({
    x,
    shown: curve.show(x),
    value: spreadOf(passes.map(({ values }) => values[measure.name]!)),
  }));
  const places = points.map(({ x, value }) => ({ x, y: value.median }));
  return { ...measure, points, fit: places.length > 1 ? fit(places, measure.bound) : null };
}
