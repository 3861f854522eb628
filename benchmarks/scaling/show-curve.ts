import type { Unit } from './curve.ts';
import type { MeasuredCurve, MeasuredVariant, Series } from './measure-curve.ts';

export function showCurve(curve: MeasuredCurve): string {
  return [`\n${curve.title}`, ...curve.variants.flatMap(variant => linesOf(curve, variant))].join('\n');
}

/** What a curve has done that it must not; empty: nothing. */
export function faultsOf(curve: MeasuredCurve): string[] {
  return curve.variants.flatMap(variant =>
    variant.series.flatMap(series => {
      const where = `${curve.name}, ${variant.name}, ${series.title}`;
      const { fit, bound } = series;
      if (fit === null) return [];
      const worse = `${where}: grows as ${of(fit.lastSlope)} at its end, more than ${bound}`;
      return [
        ...(fit.isWithinBound ? [] : [worse]),
        ...fit.cliffs.map(step => `${where}: a cliff, ${stepText(series, step)}`),
      ];
    }),
  );
}

/** `n^0.97` */
export function of(slope: number): string {
  return `n^${slope.toFixed(2)}`;
}

export function stepText({ points }: Series, { from, to, times }: { from: number; to: number; times: number }): string {
  const shown = (x: number) => points.find(point => point.x === x)!.shown;
  return `×${times.toPrecision(2)} from ${shown(from)} to ${shown(to)}`;
}

export function valueText(value: number, unit: Unit): string {
  const [size, name] = SCALES[unit].find(([least]) => Math.abs(value) >= least) ?? SCALES[unit].at(-1)!;
  return `${Number((value / size).toPrecision(3))} ${name}`;
}

const SCALES: Readonly<Record<Unit, readonly (readonly [number, string])[]>> = {
  ns: [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
    [1, 'ns'],
  ],
  ms: [
    [1e3, 's'],
    [1, 'ms'],
  ],
  bytes: [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ],
};

function linesOf(curve: MeasuredCurve, variant: MeasuredVariant): string[] {
  const stopped = variant.stopped === null ? [] : [`    stopped: ${variant.stopped}`];
  return [`  ${variant.title}`, ...variant.series.map(series => lineOf(curve, series)), ...stopped];
}

function lineOf({ of: what }: MeasuredCurve, series: Series): string {
  const values = series.points.map(({ shown, value }) => `${shown}: ${valueText(value.median, series.unit)}`);
  const { fit } = series;
  const growth =
    fit === null
      ? ''
      : `  grows as ${of(fit.slope)}, at the end ${of(fit.lastSlope)}; most ${stepText(series, fit.largestStep)} ${what}`;
  return `    ${series.title.padEnd(38)}${values.join('  ')}${growth}`;
}
