import { expect, test } from 'vitest';
import { readScalar } from '../../engine/batch.ts';
import type { SinkInput } from '../../engine/connector.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { ALERT_LOG, AlertLog } from '../../engine/runtime/alert-log.ts';

const RAISED: AlertChange = {
  rule: 'hot',
  key: { device: 'm1' },
  level: 'high',
  change: 'raised',
  timeUs: 1_000_000,
  id: 'a1',
  message: 'm1 is at 90',
  values: { temp: 90 },
  provenance: {
    levelIndex: 0,
    sinceUs: 500_000,
    events: [{ stream: 'motor', timeUs: 900_000, identity: { source: 'motor.csv', sequence: 7, item: 0 } }],
    over: [{ fromUs: 0, toUs: 900_000 }],
    ruleVersion: '00000000000a',
  },
};

test('each change of an alert is a row: what there is nothing to say of is null', async () => {
  const written: SinkInput[] = [];
  const sink = {
    maxInFlight: 1,
    write: async (input: SinkInput) => void written.push(input),
    position: async () => null,
    close: async () => {},
  };
  const { provenance: _, ...rest } = RAISED;
  const acknowledged: AlertChange = {
    ...rest,
    timeUs: 2_000_000,
    change: 'acknowledged',
    state: ['acknowledged', 'stale'],
    by: 'ann',
    comment: 'seen',
  };
  await new AlertLog(sink).write({ kind: 'alerts', changes: [RAISED, acknowledged] });
  const [input] = written;
  if (input?.kind !== 'rows') return expect.unreachable();
  const { parts, symbols } = input.batch.columnar!;
  const rows = parts.flatMap(part =>
    Array.from({ length: part.length }, (_, row) => {
      const named = [...ALERT_LOG.key, ...ALERT_LOG.fields].map(({ name }, c) => [
        name,
        readScalar([...part.key, ...part.columns][c]!, row, symbols),
      ]);
      return { time: part.timeUs[row], ...Object.fromEntries(named) };
    }),
  );
  const same = {
    id: 'a1',
    rule: 'hot',
    key: '{"device":"m1"}',
    level: 'high',
    message: 'm1 is at 90',
    values: '{"temp":90}',
  };
  const provenance =
    '{"since":"1970-01-01T00:00:00.500Z","events":[{"stream":"motor","time":"1970-01-01T00:00:00.900Z","source":"motor.csv","seq":7,"item":0}],' +
    '"over":[{"from":"1970-01-01T00:00:00.000Z","to":"1970-01-01T00:00:00.900Z"}],"rule_version":"00000000000a"}';
  expect(rows).toEqual([
    { ...same, time: 1_000_000, change: 'raised', state: null, by: null, comment: null, provenance },
    {
      ...same,
      time: 2_000_000,
      change: 'acknowledged',
      state: 'acknowledged stale',
      by: 'ann',
      comment: 'seen',
      provenance: null,
    },
  ]);
});
