import { type AlertChange, compile, loadFunctions, start } from 'millrace';
import { gateway } from './gateway.ts';

/** Twice is once: after a crash the last ones come again, with the same id. */
async function notify({ id, change, level, message }: AlertChange): Promise<void> {
  console.log(JSON.stringify({ id, change, level, message }));
}

const [rules = 'rules.mill', state = 'state'] = process.argv.slice(2);
const functions = await loadFunctions(new URL('./functions.ts', import.meta.url));
const extensions = { connectors: [gateway], functions };
const { plan, report } = compile({ files: [rules] }, extensions);
if (plan === null) {
  console.error(report);
  process.exit(2);
}

const run = start(plan, { ...extensions, state, workers: 1 });
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => run.stop());

run.ready.then(
  () => console.log('watching'),
  () => {}, // `done` tells it
);
for await (const alert of run.alerts()) await notify(alert);
const { events, rejected } = await run.done;
console.log(`stopped after ${events} readings, and ${rejected} that could not be read`);
