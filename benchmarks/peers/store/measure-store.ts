import { join } from 'node:path';
import { QuestDbClient } from '../../../connectors/questdb/questdb-client.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from '../../../scripts/services/guarded.js';
import { startNats, startQuestDb } from '../../../scripts/services/index.js';
import { type Spread, spreadOf } from '../../spread.ts';
import { fillStreams } from '../../throughput/jetstream/fill-streams.ts';
import { installTelegraf, TELEGRAF_VERSION } from './install-telegraf.ts';
import { ourStorePass } from './our-pass.ts';
import type { StoredRows } from './stored-rows.ts';
import { telegrafPass } from './telegraf-pass.ts';

/** JetStream → QuestDB, one event a message: ours stores the raw series and one of a minute, Telegraf the raw one. */
export type MeasuredStore = {
  readonly telegraf: string;
  readonly events: number;
  readonly ours: MeasuredPasses;
  readonly theirs: MeasuredPasses;
  /** Of passes side by side. */
  readonly timesQuicker: Spread;
  readonly timesProcessorTime: Spread;
};

export type MeasuredPasses = { readonly rowsPerSecond: Spread; readonly processorSecondsPerMillion: Spread };

/** What a pass works on: the servers, and how many messages are in the stream. */
export type StoreServers = {
  readonly nats: string;
  readonly questDb: string;
  readonly client: QuestDbClient;
  readonly folder: string;
  readonly events: number;
};

const WARM_UP_PASSES = 1;
const PASSES = 3;

export async function measureStore(events: number): Promise<MeasuredStore> {
  const program = await installTelegraf();
  const folder = makeTemporaryFolder('peers');
  const [nats, questDb] = await Promise.all([
    startNats({ directory: join(folder, 'nats') }),
    startQuestDb({ directory: join(folder, 'questdb') }),
  ]);
  const client = new QuestDbClient({ url: questDb.url });
  try {
    await fillStreams(nats.url, events);
    const servers = { nats: nats.url, questDb: questDb.url, client, folder, events };
    const ours: StoredRows[] = [];
    const theirs: StoredRows[] = [];
    for (let pass = 0; pass < WARM_UP_PASSES + PASSES; pass++) {
      ours.push(await ourStorePass(servers, pass));
      theirs.push(await telegrafPass(program, servers, pass));
      const [our, their] = [ours, theirs].map(passes => Math.round(passes.at(-1)!.rowsPerSecond / 1_000));
      console.log(`store, pass ${pass} of ${PASSES}: ${our}k rows/s, Telegraf ${their}k`); // 0 warms up
    }
    return { events, ...resultOf(ours.slice(WARM_UP_PASSES), theirs.slice(WARM_UP_PASSES)) };
  } finally {
    await client.close();
    await Promise.all([nats.stop(), questDb.stop()]);
    removeTemporaryFolder(folder);
  }
}

function resultOf(ours: readonly StoredRows[], theirs: readonly StoredRows[]): Omit<MeasuredStore, 'events'> {
  const spread = (passes: readonly StoredRows[]): MeasuredPasses => ({
    rowsPerSecond: spreadOf(passes.map(pass => pass.rowsPerSecond)),
    processorSecondsPerMillion: spreadOf(passes.map(pass => pass.processorSecondsPerMillion)),
  });
  const ratio = (figure: keyof StoredRows): Spread =>
    spreadOf(ours.map((pass, i) => pass[figure] / theirs[i]![figure]));
  return {
    telegraf: `Telegraf ${TELEGRAF_VERSION}`,
    ours: spread(ours),
    theirs: spread(theirs),
    timesQuicker: ratio('rowsPerSecond'),
    timesProcessorTime: ratio('processorSecondsPerMillion'),
  };
}
