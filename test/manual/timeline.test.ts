import { describe, expect, test } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import { drawTimeline } from '../../scripts/manual/timeline/draw-timeline.ts';
import { type Lane, timelineOf } from '../../scripts/manual/timeline/timeline.ts';

/** What a picture is drawn from; the pictures themselves are compared in examples.test.ts. */
const STREAM =
  'stream m from memory "m" json { key id: symbol  x: float degC in 0..100  s: symbol  time ts as ms  lateness 5s }';

describe('events', () => {
  test('say whether they were taken, late, repeated or rejected', () => {
    const stream = STREAM.replace('lateness', 'unique by ts within 1h  lateness');
    const lanes = lanesOf(`${stream}
      stream rows = from m select x
      test "a" {
        feed m { id: "m1", x: 1 } at 10s
        feed m { id: "m1", x: 2 } at 10s late 1s
        feed m { id: "m1", x: 3 } at 4s late 8s
        feed m { id: "m1", x: 4 } at 6s late 7s
        feed m { id: "m1", x: 101 } at 15s
      }`);
    const points = lane(lanes, 'chart', 'x').points;
    expect(points.map(({ value, fate }) => [value, fate])).toEqual([
      [3, 'late'],
      [4, 'taken'],
      [1, 'taken'],
      [2, 'repeated'],
      [101, 'rejected'],
    ]);
    expect(points[0]).toMatchObject({ atUs: 4_000_000, arrivedUs: 12_000_000 });
  });
});

describe('patterns', () => {
  test('a match has its events, and its end where time alone makes it complete', () => {
    const lanes = lanesOf(`${STREAM}
      stream s = match a: m[x > 50 degC] -> b: m[x < 10 degC]{2} -> not m[x > 90 degC] for 3s within 1m select a.x
      rule r on a: m[x > 50 degC] -> b: m[x < 10 degC] within 1m { high when b.x < 5 degC }
      test "a" { feed m { id: "m1" } every 1s x: 60 for 1s, 8 for 1s, 30 for 1s, 4 for 8s }`);
    expect(lane(lanes, 'matches', 's').matches).toEqual([
      {
        fromUs: 0,
        toUs: 6_000_000,
        bound: [
          { atUs: 0, name: 'a' },
          { atUs: 1_000_000, name: 'b' },
          { atUs: 3_000_000, name: 'b' },
        ],
        text: 'x 60 °C',
      },
    ]);
    expect(lanes.filter(({ label }) => label === 'matches')).toEqual([]);
    expect(lane(lanes, 'chart', 'x').limits.map(({ text }) => text)).toEqual(['a > 50 °C', 'b < 10 °C', 'm > 90 °C']);
  });

  test('those at which a rule on a pattern holds are shown with it', () => {
    const lanes = lanesOf(`${STREAM}
      rule r on a: m[x > 50 degC] -> b: m[x < 10 degC] within 1m { high when b.x < 5 degC }
      test "a" { feed m { id: "m1" } every 1s x: 60 for 1s, 8 for 1s, 60 for 1s, 4 for 1s }`);
    const [match, ...others] = lane(lanes, 'matches', 'matches').matches;
    expect(others).toEqual([]);
    expect(match).toMatchObject({ fromUs: 2_000_000, toUs: 3_000_000, text: '' });
    expect(lanes.some(({ kind }) => kind === 'held')).toBe(false);
  });
});

describe('rules', () => {
  test('a level is pending up to when it is due, and silence ends it', () => {
    const lanes = lanesOf(`${STREAM}
      rule over on m { high when x > 50 degC for 4s gap 3s }
      test "a" { feed m { id: "m1" } every 1s x: 60 for 2s, gap 6s, 60 for 6s, 40 for 2s }`);
    expect(seconds(lane(lanes, 'held', 'high for 4s gap 3s').spans)).toEqual([
      { fromUs: 0, dueUs: 4, toUs: 4 },
      { fromUs: 8, dueUs: 12, toUs: 14 },
    ]);
    const alert = lane(lanes, 'alert', 'over');
    expect(seconds(alert.spans)).toEqual([{ fromUs: 4, toUs: 14, state: 'high', words: [] }]);
    expect(alert.marks.map(mark => mark.text)).toEqual(['raised 4s', 'cleared 14s']);
  });

  test('a limit stands where it was converted to, with its word', () => {
    const lanes = lanesOf(`${STREAM}
      rule over on m { high when x > 122 degF  clear when x < 40 degC for 1s }
      test "a" { feed m { id: "m1" } every 1s x: 60 for 2s, 30 for 3s }`);
    expect(lane(lanes, 'chart', 'x').limits).toEqual([
      { value: 50, steps: [], text: 'high > 50 °C', tone: 'high' },
      { value: 40, steps: [], text: 'clear < 40 °C', tone: 'clear' },
    ]);
  });

  test('what `where` asks is a limit, too', () => {
    const lanes = lanesOf(`${STREAM}
      stream hot = from m where x >= 40 degC and s != "off" select x
      test "a" { feed m { id: "m1", s: "on" } every 1s x: 60 for 2s, 30 for 1s }`);
    expect(lane(lanes, 'chart', 'x').limits).toMatchObject([{ value: 40, text: 'hot ≥ 40 °C' }]);
  });

  test('a limit that is a value itself moves with it', () => {
    const lanes = lanesOf(`${STREAM}
      rule over on m where s == "on" { high when x > avg(x, 10s) }
      test "a" { feed m { id: "m1", s: "on" } every 1s x: 60 for 2s, 30 for 1s }`);
    expect(lane(lanes, 'chart', 'x').limits).toEqual([
      {
        value: 50,
        steps: [60, 60, 50].map((value, second) => ({ atUs: second * 1e6, value })),
        text: 'high > avg(x, 10s)',
        tone: 'high',
      },
    ]);
  });

  test('a duration that is compared is a chart in seconds', () => {
    const lanes = lanesOf(`${STREAM}
      stream door = from m select since(s == "open") as shut
      rule left on door { low when shut > 2s }
      test "a" { feed m { id: "m1" } every 1s s: "open" for 1s, "shut" for 4s }`);
    const chart = lane(lanes, 'chart', 'shut');
    expect(chart.unit).toBe('s');
    expect(chart.points.map(point => point.value)).toEqual([0, 1, 2, 3, 4]);
    expect(chart.limits).toEqual([{ value: 2, steps: [], text: 'low > 2s', tone: 'low' }]);
  });

  test('where `while` does not hold nothing is pending, and a cooldown is a span', () => {
    const lanes = lanesOf(`${STREAM}
      rule over on m { high when x > 50 degC for 2s  while s == "on" settle 2s  cooldown 5s }
      test "a" { feed m { id: "m1" } every 1s x: 60 for 8s, 40 for 10s  s: "on" for 18s }`);
    expect(seconds(lane(lanes, 'held', 'while settle 2s').spans)).toEqual([{ fromUs: 0, dueUs: 2, toUs: 18 }]);
    expect(seconds(lane(lanes, 'held', 'high for 2s').spans)).toEqual([{ fromUs: 2, dueUs: 4, toUs: 8 }]);
    expect(seconds(lane(lanes, 'alert', 'over').spans)).toEqual([
      { fromUs: 4, toUs: 8, state: 'high', words: [] },
      { fromUs: 8, toUs: 13, state: 'cooldown', words: [] },
    ]);
  });
});

describe('the drawing', () => {
  test('is the same each time, has words for those who do not see it, and escapes what it shows', () => {
    const text = `${STREAM}
      rule over on m { high when x > 50 degC }
      test "a < b & c" { feed m { id: "m1" } every 1s x: 60 for 2s }`;
    const svg = drawTimeline(timeline(text));
    expect(drawTimeline(timeline(text))).toBe(svg);
    expect(svg).toContain('<title id="title">a &lt; b &amp; c</title>');
    expect(svg).toContain('over of m1: raised 0s.');
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });
});

function timeline(text: string) {
  const { plan, tests, diagnostics } = compile({ file: 'a.mill', text });
  expect(diagnostics).toEqual([]);
  return timelineOf(plan!, tests[0]!);
}

function lanesOf(text: string): readonly Lane[] {
  return timeline(text).groups.flatMap(({ lanes }) => lanes);
}

function lane<K extends Lane['kind']>(lanes: readonly Lane[], kind: K, label: string): Extract<Lane, { kind: K }> {
  const found = lanes.find(candidate => candidate.kind === kind && candidate.label === label);
  expect(found, `${label} among ${lanes.map(candidate => candidate.label).join(', ')}`).toBeDefined();
  return found as Extract<Lane, { kind: K }>; // as: its kind was compared
}

function seconds<T extends object>(spans: readonly T[]): T[] {
  return spans.map(span => {
    const converted = Object.entries(span).map(([name, value]) => [
      name,
      name.endsWith('Us') ? Number(value) / 1e6 : value,
    ]);
    return Object.fromEntries(converted) as T; // as: the same members
  });
}
