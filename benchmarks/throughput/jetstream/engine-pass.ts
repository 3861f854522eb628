import { compile } from '../../../dsl/compile.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { createConnectors } from '../../../connectors/index.ts';
import { createQuestDbConnector } from '../../../connectors/questdb/index.ts';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';
import { EVENTS } from './fill-streams.ts';
import { RateMeter } from './rate-meter.ts';

const FIELDS = `key device: symbol  temperature: float  vibration: float  pressure: float  status: int  time ts as ms`;

/** One rule, that reads all fields. */
export function rulesOf(subject: string): string {
  return `stream s from nats "${subject}" json { ${FIELDS} }
rule hot on s { high when temperature > 119 and vibration + pressure + status > 0 for 5s }
`;
}

/** The raw series, and one of a minute. */
export function storedRulesOf(subject: string): string {
  return `${rulesOf(subject)}
store s keep 36500d
stream s_1m = from s window tumbling 1m select avg(temperature) as mean, min(temperature) as low, max(temperature) as high, count() as n
store s_1m keep 36500d
`;
}

/** Events a second of a whole job, until the last one is handled, and stored where there is a store. */
export async function enginePass(options: {
  readonly rules: string;
  readonly workerCount: number;
  readonly nats: string;
  readonly questDb?: string;
  readonly stateDirectory?: string;
  readonly events?: number;
}): Promise<number> {
  const { questDb, events: expected = EVENTS } = options;
  if (questDb !== undefined) await dropTables(questDb);
  const meter = new RateMeter(expected);
  const summary = await runJob({
    plan: planOf(options.rules),
    connectors: createConnectors({
      disk: new NodeDisk(),
      log: { write: () => {}, isJson: false },
      nats: { servers: [options.nats] },
    }),
    ...(questDb === undefined ? {} : { store: createQuestDbConnector({ url: questDb }) }),
    stateDirectory: options.stateDirectory ?? null,
    workerCount: options.workerCount,
    isDrained: true,
    onProgress: ({ events }) => meter.handled(events),
    onWarning: warning => {
      throw new Error(warning.message);
    },
    signal: new AbortController().signal,
  });
  if (summary.events !== expected) throw new Error(`${summary.events} events of ${expected}`);
  if (questDb !== undefined) meter.stored();
  return meter.eventsPerSecond();
}

export function planOf(rules: string): Plan {
  const { plan, diagnostics } = compile({ file: 'jetstream.mill', text: rules });
  if (plan === null) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

async function dropTables(url: string): Promise<void> {
  const client = new QuestDbClient({ url });
  for (const table of ['s', 's_1m']) await client.query(`DROP TABLE IF EXISTS "${table}"`);
  await client.close();
}
