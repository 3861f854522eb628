import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createConnectors } from '../../../connectors/index.ts';
import { compile } from '../../../dsl/compile.ts';
import { perKeyDay, WatchedTime } from '../../../engine/backtest/watched-time.ts';
import { runJob } from '../../../engine/runtime/job.ts';
import { NodeDisk } from '../../../engine/runtime/node-disk.ts';

const HOUR_US = 3_600_000_000;

/** m1 for two days, m2 for one, both in the north; m3 once, in the south. */
const READINGS = `device,site,temp,hour
m1,north,20,0
m2,north,20,12
m1,north,20,24
m2,north,20,36
m3,south,20,40
m1,north,20,48
`;

const STREAMS = `stream motor from file "motor.csv" { key device: symbol  site: symbol  temp: float degC  time ts as s }
stream site = from motor window tumbling 1h by site select max(temp) as hottest
stream plant = from motor window tumbling 1h by global select max(temp) as hottest
`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-watched-'));
  const [header, ...lines] = READINGS.trim().split('\n');
  const rows = lines.map(line => line.replace(/\d+$/, hour => String(Number(hour) * 3_600)));
  writeFileSync(join(folder, 'motor.csv'), `${header!.replace('hour', 'ts')}\n${rows.join('\n')}\n`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('keys are watched from their first event to their last', () => {
  test.each([
    ['those of the source', 'rule r on motor { high when temp > 90 degC }', 3, 3],
    ['of another key, by that', 'rule r on site { high when hottest > 90 degC }', 2, 2],
    ['of everything together, as one', 'rule r on plant { high when hottest > 90 degC }', 1, 2],
    [
      'of a pattern that never matches',
      'rule r on motor[temp > 90 degC] -> motor[temp > 95 degC] within 1m { high }',
      3,
      3,
    ],
    ['of silence', 'rule r on silence of motor for 1h { high }', 3, 3],
  ])('%s', async (_, rule, keys, keyDays) => {
    const watched = await watchedOf(`${STREAMS}${rule}`);
    expect(watched.of(['r'])).toEqual({ keys, keyDays, firstUs: 0, lastUs: 48 * HOUR_US });
  });

  test('of several rules, the longest', async () => {
    const watched = await watchedOf(
      `${STREAMS}rule r on motor { high when temp > 90 degC }\nrule s on site { high when hottest > 90 degC }`,
    );
    expect(watched.of(['r', 's'])).toMatchObject({ keys: 3, keyDays: 3 });
    expect(watched.of(['s'])).toMatchObject({ keys: 2, keyDays: 2 });
  });

  test('of none, nothing is known', async () => {
    const nothing = (await watchedOf(`${STREAMS}rule r on motor { high when temp > 90 degC }`)).of([]);
    expect(nothing).toEqual({ keys: 0, keyDays: 0, firstUs: Infinity, lastUs: -Infinity });
    expect(perKeyDay(3, nothing)).toBeNull();
  });
});

async function watchedOf(text: string): Promise<WatchedTime> {
  const { plan, diagnostics } = compile({ file: join(folder, 'rules.mill'), text });
  expect(diagnostics).toEqual([]);
  const watched = new WatchedTime(plan!);
  const selects = watched.nodes.filter(({ kind }) => kind === 'select');
  await runJob({
    plan: { ...plan!, nodes: [...plan!.nodes, ...selects] },
    connectors: createConnectors({ disk: new NodeDisk(), log: { write: () => {}, isJson: false } }),
    rowStreams: selects.map(({ id }) => id),
    onRows: batch => watched.hear(batch),
    signal: new AbortController().signal,
  });
  return watched;
}
