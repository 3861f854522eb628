import { join } from 'node:path';
import { start } from '../../index.ts';

/** Dies in the body of its loop, when checkpoints have had their time. Run by run.test.ts. */
const RULES = `
  stream motor from journal "readings" json { key device: symbol  temp: float degC  time ts as ms }
  rule hot on motor { high when temp > 80 degC }
`;

const [state] = process.argv.slice(2);
const run = start(RULES, { state: state!, journals: join(state!, 'journals'), checkpointEveryMs: 1 });
const alerts = run.alerts();
await run.push('motor', [{ device: 'm1', temp: 90, ts: 1_700_000_000_000 }]);
for await (const { change } of alerts) {
  process.stdout.write(`${change}\n`);
  await new Promise(resolve => setTimeout(resolve, 100));
  process.kill(process.pid, 'SIGKILL');
}
