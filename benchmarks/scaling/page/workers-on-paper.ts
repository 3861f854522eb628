import type { MeasuredCurve, MeasuredVariant } from '../measure-curve.ts';

const WORKERS = [1, 2, 4, 8, 16];

/**
 * What more cores than there are would give, from the processor time of an event with one worker: what the main thread takes of it is
 * taken one event after the other, what workers take is shared. So W workers on W + 1 cores take max(main, others / W).
 */
export function workersOnPaper({ variants }: MeasuredCurve): string {
  return [
    'On paper: with a core for each worker and one for the main thread, which reads, exchanges and delivers, an event takes what the slower of',
    'both sides takes, max(main, (all − main) / workers), by the processor time that one worker shows. Million events a second:',
    '',
    `| workers, on a core more | ${WORKERS.join(' | ')} | at most |`,
    `|---|${WORKERS.map(() => '---:|').join('')}---:|`,
    ...variants.map(rowOf),
  ].join('\n');
}

function rowOf({ title, series }: MeasuredVariant): string {
  const [allNs, mainNs] = ['cpu', 'main'].map(
    name => series.find(one => one.name === name)!.points[0]!.value.median,
  ) as [number, number]; // as: both are measures of the curve
  const rates = WORKERS.map(workers => 1e3 / Math.max(mainNs, (allNs - mainNs) / workers));
  return `| ${title} | ${[...rates, 1e3 / mainNs].map(rate => rate.toFixed(2)).join(' | ')} |`;
}
