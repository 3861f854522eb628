import { afterAll, describe, expect, it, vi } from 'vitest';
import type { PlanNode, WindowNode } from '../../../dsl/plan.ts';
import { Engine } from '../../../engine/engine.ts';
import { batchOf, countAndSum, planOf } from '../../oracle/plan-builder.ts';
import { sharedQuestDb } from '../../services/servers.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const url = await sharedQuestDb();
const TABLE = 'sample_by_zone';
const STEP_US = 1_800_000_000;
const HOUR_US = 3_600_000_000;
const COUNT = 1_440; // 30 days
/** The clock is set forward, and back, in the middle. */
const FROM = ['2024-03-16T00:00:00Z', '2024-10-12T00:00:00Z'];

await sql(`drop table if exists ${TABLE}`);
await sql(`create table ${TABLE} (time timestamp, series int) timestamp(time) partition by day bypass wal`);
for (const [i, from] of FROM.entries()) {
  await sql(
    `insert into ${TABLE} select timestamp_sequence('${from}', ${STEP_US}L), ${i} from long_sequence(${COUNT})`,
  );
}

afterAll(async () => {
  await sql(`drop table ${TABLE}`);
});

describe('panes in a time zone are those of SAMPLE BY … ALIGN TO CALENDAR TIME ZONE (MEANING.md 13)', () => {
  it.each([
    ['1h', HOUR_US],
    ['2h', 2 * HOUR_US],
    ['8h', 8 * HOUR_US],
    ['1d', 24 * HOUR_US],
    ['2d', 48 * HOUR_US],
    ['1w', 168 * HOUR_US],
  ])('of %s', async (size, sizeUs) => {
    for (const zone of ['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']) {
      for (const [i, from] of FROM.entries()) {
        const sampled = await sql(
          `select cast(time as long), count() from ${TABLE} where series = ${i} sample by ${size} align to calendar time zone '${zone}'`,
        );
        const rows = panesOf(Date.parse(from) * 1_000, { kind: 'tumbling-window', sizeUs, zone });
        expect(rows.length).toBeGreaterThan(3);
        // The first pane of QuestDB may begin at the first row; the last one is not over.
        expect(sampled.slice(1, rows.length), `${zone} from ${from}`).toEqual(rows.slice(1));
      }
    }
  });
});

function panesOf(
  fromUs: number,
  shape: Pick<Extract<WindowNode, { kind: 'tumbling-window' }>, 'kind' | 'sizeUs' | 'zone'>,
) {
  const shown: PlanNode = {
    kind: 'select',
    id: 'shown',
    input: 'w',
    fields: [{ name: 'count', type: 'int', column: '#count' }],
  };
  const plan = planOf(
    { latenessUs: 0, idleUs: null },
    { ...shape, id: 'w', input: 's', aggregates: countAndSum },
    shown,
  );
  const rows: [timeUs: number, count: unknown][] = [];
  const engine = new Engine(plan, {
    rowStreams: ['shown'],
    onRows: batch =>
      rows.push(...batch.rows.map(({ timeUs, values }) => [timeUs, values['count']] as [number, unknown])),
  });
  const events = Array.from({ length: COUNT }, (_, i) => {
    const timeUs = fromUs + i * STEP_US;
    return { key: 'a', timeUs, arrivalUs: timeUs, value: 1 };
  });
  engine.push(batchOf(events, engine.symbols));
  engine.finish('s');
  return rows;
}

async function sql(query: string): Promise<unknown[][]> {
  const response = await fetch(`${url}/exec?query=${encodeURIComponent(query)}`);
  const { dataset, error } = (await response.json()) as { dataset?: unknown[][]; error?: string };
  if (error !== undefined) throw new Error(`${query}: ${error}`);
  return dataset ?? [];
}
