import { describe, expect, test } from 'vitest';
import { MOST_ALERTS } from '../../../apps/report/alert-history.ts';
import { drawnPoints } from '../../../apps/report/drawn-points.ts';
import { pageData, placedFigures } from '../../../apps/report/page-data.ts';
import { ReportRecorder } from '../../../apps/report/report-recorder.ts';
import { Trace } from '../../../apps/report/trace.ts';
import { TracePool } from '../../../apps/report/trace-pool.ts';
import { compile } from '../../../dsl/compile.ts';
import type { RowBatch } from '../../../engine/connector.ts';
import type { AlertChange } from '../../../engine/operator.ts';

const SECOND_US = 1_000_000;
const RULES = `
stream motor from memory "motor" json { key device: symbol  temp: float degC  time ts as ms }
rule hot on motor { high when temp > 85 degC  critical when temp > 95 degC }
rule cold on motor { low when temp < 0 degC }
`;

function recorder(): ReportRecorder {
  return new ReportRecorder(compile({ file: 'rules.mill', text: RULES }).plan!);
}

/** Rows of what is drawn of `motor`: a second apart, from a time on. */
function batch(device: string, temps: readonly (number | null)[], fromS = 0): RowBatch {
  return {
    stream: 'report:0',
    fields: [
      { name: 'device', type: 'symbol' },
      { name: 'c0', type: 'float' },
    ],
    length: temps.length,
    rows: temps.map((temp, at) => ({ timeUs: (fromS + at) * SECOND_US, key: { device }, values: { c0: temp } })),
  };
}

function change(
  device: string,
  what: 'raised' | 'level' | 'cleared',
  atS: number,
  more: Partial<AlertChange> = {},
): AlertChange {
  const of = { rule: 'hot', key: { device }, level: 'high', id: `${device}`, message: `${device} is hot` } as const;
  return { ...of, change: what, timeUs: atS * SECOND_US, values: {}, ...more };
}

describe('the recorder of a report', () => {
  test('knows its own rows from others', () => {
    const own = recorder();
    expect(own.rowStreams).toEqual(['report:0']);
    expect(own.hearRows({ ...batch('m1', [1]), stream: 'motor' })).toBe(false);
    expect(own.hearRows(batch('m1', [1, 2]))).toBe(true);
    expect(own.rowCount).toBe(2);
  });

  test('has an alert from its raising to its clearing, with its levels', () => {
    const own = recorder();
    own.hearRows(batch('m1', [80, 90, 97, 90, 70]));
    own.hearAlert(change('m1', 'raised', 1));
    own.hearAlert(change('m1', 'level', 2, { level: 'critical', message: 'm1 is very hot' }));
    own.hearAlert(change('m1', 'level', 3));
    own.hearAlert(change('m1', 'cleared', 4));
    const run = own.recorded();
    expect(run.stretch).toEqual({ fromUs: 0, toUs: 4 * SECOND_US });
    expect(run.alerts).toMatchObject([
      {
        raisedUs: SECOND_US,
        clearedUs: 4 * SECOND_US,
        worst: 'critical',
        message: 'm1 is very hot',
        levels: [{ level: 'high' }, { level: 'critical' }, { level: 'high' }],
      },
    ]);
    const { figures } = pageData(run, placedFigures(run));
    expect(figures[0]!.alerts).toEqual([
      { fromMs: 1000, toMs: 2000, level: 'high' },
      { fromMs: 2000, toMs: 3000, level: 'critical' },
      { fromMs: 3000, toMs: 4000, level: 'high' },
    ]);
  });

  test('an alert of an earlier run reaches from the beginning, one that has not cleared to the end', () => {
    const own = recorder();
    own.hearRows(batch('m1', [90, 91, 92, 70, 90]));
    own.hearAlert(change('m1', 'cleared', 3, { id: 'before' }));
    own.hearAlert(change('m1', 'raised', 4));
    const run = own.recorded();
    expect(pageData(run, placedFigures(run)).figures[0]!.alerts).toEqual([
      { fromMs: 0, toMs: 3000, level: 'high' },
      { fromMs: 4000, toMs: 4000, level: 'high' },
    ]);
    expect(run.raised.get('hot')).toEqual({ high: 1 });
  });

  test('draws keys with the worst alerts first, then those with labels, and counts the others', () => {
    const own = recorder();
    const devices = Array.from({ length: 30 }, (_, at) => `m${String(at).padStart(2, '0')}`);
    for (const device of devices) own.hearRows(batch(device, [20, 21]));
    own.hearAlert(change('m20', 'raised', 1));
    own.hearAlert(change('m25', 'raised', 1, { level: 'critical' }));
    own.addLabel({ fromUs: 0, toUs: SECOND_US, name: 'bearing', rule: 'hot', key: { device: 'm29' } });
    const [hot, cold] = own.recorded().rules;
    expect(hot!.figures.map(({ key }) => key['device'])).toEqual(['m25', 'm20', 'm29']);
    expect(hot).toMatchObject({ keysLeftOut: 27, alertingKeysLeftOut: 0, isMore: false });
    expect(cold!.figures.map(({ key }) => key['device'])).toEqual(['m00', 'm01', 'm02']);
  });

  test('labels are of the keys that have what they say, and of all rules where they name none', () => {
    const own = recorder();
    for (const device of ['m1', 'm2']) own.hearRows(batch(device, [20, 21]));
    own.addLabel({ fromUs: 0, toUs: SECOND_US, name: 'of one', rule: null, key: { device: 'm1' } });
    own.addLabel({ fromUs: 0, toUs: SECOND_US, name: 'of all', rule: 'hot', key: {} });
    const run = own.recorded();
    const labels = pageData(run, placedFigures(run)).figures.map(figure => figure.labels.map(({ name }) => name));
    expect(labels).toEqual([['of one', 'of all'], ['of all'], ['of one'], []]);
  });

  test('counts alerts beyond those that it keeps', () => {
    const own = recorder();
    for (let at = 0; at < MOST_ALERTS + 5; at++) {
      own.hearAlert(change('m1', 'raised', at, { id: `${at}` }));
      own.hearAlert(change('m1', 'cleared', at + 0.5, { id: `${at}` }));
    }
    const run = own.recorded();
    expect(run.alerts.length).toBe(MOST_ALERTS);
    expect(run.leftOut).toBe(5);
    expect(run.raised.get('hot')).toEqual({ high: MOST_ALERTS + 5 });
  });

  test('has every reading around an alert that it hears of some batches later', () => {
    const own = recorder();
    const temps = Array.from({ length: 50_000 }, (_, at) => (at === 25_000 ? 99 : 20 + (at % 7)));
    own.hearRows(batch('m1', temps));
    own.hearAlert(change('m1', 'raised', 25_000));
    own.hearRows(batch('m1', temps, 50_000));
    const { trace } = own.recorded().rules[0]!.figures[0]!.panels[0]!;
    const at = trace.placeOf(25_000 * SECOND_US);
    const around = Array.from({ length: 60 }, (_, i) => trace.interval(at - 40 + i));
    expect(around.map(({ rows }) => rows)).toEqual(around.map(() => 1));
    expect(trace.length).toBeLessThanOrEqual(2048);
  });
});

describe('traces of many keys', () => {
  const fill = (pool: TracePool, key: string, rows: number) => {
    const of = pool.take({ stream: 's', keyText: key, key: () => ({ key }) }, 1)!;
    for (let at = 0; at < rows; at++) pool.add(of, at, () => at);
  };
  const lengthsOf = (pool: TracePool) =>
    Object.fromEntries([...pool.traces].map(({ keyText, trace }) => [keyText, trace.length]));

  test('become thinner where there are too many, but not those with an alert', () => {
    const pool = new TracePool({ traces: 100, cells: 60_000 });
    const alerting = { stream: 's', keyText: 'a', key: () => ({ key: 'a' }) };
    pool.keepAround(alerting, 1, 5);
    fill(pool, 'a', 2_000);
    for (let at = 0; at < 40; at++) fill(pool, `k${at}`, 2_000);
    const { a, ...others } = lengthsOf(pool);
    expect(a).toBe(2_000);
    expect(Math.max(...Object.values(others))).toBeLessThanOrEqual(512);
    expect(pool.isFull).toBe(false);
  });

  test('are given up where that is not enough, and one with an alert takes the place of another', () => {
    const pool = new TracePool({ traces: 10, cells: 1e9 });
    for (let at = 0; at < 10; at++) fill(pool, `k${at}`, 10);
    expect(pool.take({ stream: 's', keyText: 'more', key: () => ({}) }, 1)).toBe(null);
    expect(pool.isFull).toBe(true);
    pool.keepAround({ stream: 's', keyText: 'more', key: () => ({}) }, 1, 5);
    expect(Object.keys(lengthsOf(pool))).toEqual(['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'more']);
  });
});

describe('points of a line', () => {
  const pointsOf = (rows: readonly (readonly [number, number])[], { isHeld = false, most = 64 } = {}) => {
    const trace = new Trace(1, most);
    for (const [ms, value] of rows) trace.add(ms * 1000, () => value);
    const { timesMs, lines } = drawnPoints(trace, [{ field: 0, isHeld }]);
    return timesMs.map((ms, at) => [ms, lines[0]![at]]);
  };

  test('are the readings', () => {
    const rows = [
      [1, 5],
      [2, 1 / 3],
      [3, 7],
    ] as const;
    expect(pointsOf(rows)).toEqual([
      [1, 5],
      [2, 0.3333333],
      [3, 7],
    ]);
  });

  test('a line is broken where nothing came for long', () => {
    const rows = [0, 1, 2, 3, 4, 50, 51, 52].map(ms => [ms, ms] as const);
    const points = pointsOf(rows);
    expect(points.slice(4, 7)).toEqual([
      [4, 4],
      [27, ''],
      [50, 50],
    ]);
  });

  test('of a field that is null for long as well, and goes on where it is null for a little', () => {
    const rows = Array.from({ length: 40 }, (_, ms) => [ms, (ms > 10 && ms < 30) || ms === 5 ? NaN : ms] as const);
    const points = pointsOf(rows);
    expect(points.slice(4, 7)).toEqual([
      [4, 4],
      [5, null],
      [6, 6],
    ]);
    expect(points.slice(10, 13)).toEqual([
      [10, 10],
      [10.5, ''],
      [11, null],
    ]);
  });

  test('one that is held is never broken', () => {
    const rows = [0, 1, 2, 3, 4, 50, 51, 52].map(ms => [ms, ms] as const);
    expect(pointsOf(rows, { isHeld: true }).length).toBe(8);
  });

  test('a thinned one neither, where readings came all the time', () => {
    const rows = Array.from({ length: 5_000 }, (_, ms) => [ms, Math.sin(ms)] as const);
    const points = pointsOf([...rows, [9_000, 1], [9_001, 2]]);
    expect(points.filter(([, value]) => value === '')).toEqual([[(4_999 + 9_000) / 2, '']]);
  });
});
