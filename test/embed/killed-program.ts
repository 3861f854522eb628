import { appendFileSync } from 'node:fs';
import { setImmediate as macrotask } from 'node:timers/promises';
import { type CustomConnector, start } from '../../index.ts';

/** Numbered readings through a rule and a window into a ledger, a file of lines. Killed by kill.test.ts. */
const RULES = `
  stream reading from counter "x" { key device: symbol  value: float  time ts as ms }
  stream sum_10s = from reading window tumbling 10s select sum(value) as total
  rule high on reading { high when value > 90 for 2s  clear when value < 50 }
  route sum_10s to ledger
  route alerts to ledger
`;

const [state, ledgerFile, count] = process.argv.slice(2) as [string, string, string];

const counter: CustomConnector = {
  name: 'counter',
  async *read({ after }) {
    for (let sequence = (after ?? 0) + 1; sequence <= Number(count); sequence++) {
      const value = (sequence * 7919) % 101;
      const ts = 1_700_000_000_000 + sequence * 500;
      yield { content: { device: `d${sequence % 3}`, value, ts }, sequence };
      if (sequence % 20 === 0) await macrotask();
    }
  },
};

const ledger: CustomConnector = {
  name: 'ledger',
  async write(output) {
    const lines =
      output.kind === 'rows'
        ? output.rows.map(({ timeUs, key, values }) => ({ timeUs, key, values }))
        : output.changes.map(({ id, change, timeUs }) => ({ id, change, timeUs }));
    appendFileSync(ledgerFile, lines.map(line => `\n${JSON.stringify(line)}\n`).join(''));
  },
};

const run = start(RULES, { connectors: [counter, ledger], state, checkpointEveryMs: 20 });
await run.done;
