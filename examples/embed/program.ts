import { setTimeout as pause } from 'node:timers/promises';
import { type AlertChange, compile, type CustomConnector, loadFunctions, start } from 'millrace';

/** Reads a gateway that numbers its readings and gives those behind a number, some at a time. */
const gateway: CustomConnector = {
  name: 'gateway',
  async *read({ address, after, signal }) {
    let last = after ?? 0;
    while (!signal.aborted) {
      try {
        const answer = await fetch(`${address}?after=${last}`, { signal });
        for (const { number, ...reading } of (await answer.json()) as { number: number }[]) {
          yield { content: reading, sequence: (last = number) };
        }
      } catch (error) {
        if (!signal.aborted) console.warn(`the gateway does not answer: ${error}`);
      }
      await pause(500, undefined, { signal }).catch(() => {});
    }
  },
};

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
  () => {}, // told below
);
for await (const alert of run.alerts()) await notify(alert);
const { events, rejected } = await run.done;
console.log(`stopped after ${events} readings, and ${rejected} that could not be read`);
