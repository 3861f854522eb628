import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { NAMES } from './readings.ts';

/**
 * What is asked of a machine's readings: of all sensors level, top and spread of each second, of some their minute and their last seconds; limits
 * that are held, and rules over windows and ranges.
 */
export function planOf(source: string): Plan {
  const { plan, diagnostics } = compile({ file: 'replay.mill', text: `${streamOf(source)}${RULES}` });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

function streamOf(source: string): string {
  return `stream bed from ${source} { key machine: symbol  ${NAMES.map(name => `${name}: float`).join('  ')}  time ts as us }\n`;
}

const SECOND = NAMES.map(
  name => `avg(${name}) as ${name}_level, max(${name}) as ${name}_top, stddev(${name}) as ${name}_spread`,
).join(', ');

const RULES = `
stream second = from bed window tumbling 1s select ${SECOND}, count() as n
stream minute = from bed window tumbling 1m select p95(s01) as s01_high, avg(s02) as s02_level, max(s03) as s03_top
rule held on bed { high when s01 > 50 for 100ms  clear when s01 < 40 for 100ms }
rule both on bed { medium when s02 > 50 and s03 < 50 for 50ms }
rule drift on bed { low when avg(s04, 10s) > 35  clear after 10s }
rule jump on bed { medium when s05 > avg(s05, 5s) + 20  clear after 1s }
rule level on second { high when s06_level > 50 or s07_level > 50 or s08_level > 50 }
rule spread on second { medium when s09_spread > 10 or s10_spread > 10 or s11_top > 60 }
rule slow on minute { low when s01_high > 40 or s02_level > 23 or s03_top > 50 }
`;
