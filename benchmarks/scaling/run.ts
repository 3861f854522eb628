/**
 * How throughput, memory and start-up go with the number of rules and keys, the length of windows, workers, disorder, and the size of
 * messages; each a curve with its slope. `npm run bench -- scaling`; `-- scaling --only rules,keys --max 1000` for some of
 * it. The method is in ../README.md.
 */
import { parseArgs } from 'node:util';
import { machine, writeResult } from '../machine.ts';
import { CURVES } from './curves.ts';
import { measureCurve } from './measure-curve.ts';
import { writePage } from './page/write-page.ts';
import { faultsOf, showCurve } from './show-curve.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    max: { type: 'string' }, // the greatest point of each curve, beside its first one
    passes: { type: 'string' },
  },
});
const only = values.only?.split(',');
const unknown = (only ?? []).filter(name => !CURVES.some(curve => curve.name === name));
if (unknown.length > 0) {
  console.error(`error: no ${unknown.join(', ')}; there are ${CURVES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}

const curves = CURVES.filter(({ name }) => only?.includes(name) ?? true).map(curve => {
  const measured = measureCurve(curve, {
    max: values.max === undefined ? Infinity : Number(values.max),
    ...(values.passes === undefined ? {} : { passes: Number(values.passes) }),
  });
  console.log(showCurve(measured));
  return measured;
});
const faults = curves.flatMap(faultsOf);
console.log(faults.length === 0 ? '\nnothing grows faster than n log n' : `\n${faults.join('\n')}`);
if (Object.keys(values).length === 0) {
  const result = { machine: machine(), curves, faults };
  console.log(`\n${writeResult('scaling', result)}\n${writePage(result)}`);
}
