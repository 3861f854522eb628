import { describe, expect, test } from 'vitest';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { compile } from '../../dsl/compile.ts';
import type { RuleNode } from '../../dsl/plan.ts';
import type { AlertChange, Provenance } from '../../engine/operator.ts';
import { RuleVersions } from '../../engine/rule-version.ts';
import { runJob } from '../../engine/runtime/job.ts';
import { PlanReaders } from '../../engine/runtime/workers/plan-readers.ts';

const STREAM =
  'stream m from memory "m" json { key device: symbol  site: symbol  temp: float degC  q: quality default good  time ts as s }';
const S = 1_000_000;

/** A second apart, of one device. */
const TEMPERATURES = [70, 90, 91, 92, 93, 70, 70];

describe('where an alert comes from', () => {
  test('the event that `for` counts from, and the last one before it is raised', async () => {
    const [raised] = await provenances(`rule hot on m { high when temp > 85 degC for 2500ms }`);
    expect(raised).toEqual({
      levelIndex: 0,
      sinceUs: 1 * S,
      events: [event(1), event(3)],
      over: [],
      ruleVersion: expect.stringMatching(/^[0-9a-f]{12}$/),
    });
  });

  test('one event, where it raises at once; a higher level has its own', async () => {
    const found = await provenances(`rule hot on m { high when temp > 85 degC  critical when temp > 92 degC }`);
    expect(found.map(({ sinceUs, events }) => ({ sinceUs, events }))).toEqual([
      { sinceUs: 1 * S, events: [event(1)] },
      { sinceUs: 4 * S, events: [event(4)] },
    ]);
  });

  test('ranges that conditions look at, the longest first; what another rule looks at is not among them', async () => {
    const [raised] = await provenances(
      `rule other on m { low when max(temp, 1h) > 200 degC }
       rule hot on m { high when avg(temp, 10s) > 80 degC and max(temp, 1m) > 85 degC and count(temp, 3 events) > 1 }`,
    );
    expect(raised!.over).toEqual([
      { fromUs: (2 - 60) * S, toUs: 2 * S },
      { fromUs: (2 - 10) * S, toUs: 2 * S },
    ]);
  });

  test('the pane of a windowed stream, which is no event that is stored', async () => {
    const [raised] = await provenances(
      `stream m_2s = from m window tumbling 2s select max(temp) as hottest
       stream hot_2s = from m_2s where hottest > 60 degC select hottest
       rule hot on hot_2s { high when hottest > 85 degC }`,
    );
    expect(raised!.events).toEqual([{ stream: 'hot_2s', timeUs: 0, identity: null }]);
    expect(raised!.over).toEqual([{ fromUs: 0, toUs: 2 * S }]);
  });

  test('panes and ranges over them', async () => {
    const [raised] = await provenances(
      `stream m_2s = from m window session 1500ms select max(temp) as hottest
       rule hot on m { low when temp > 91 degC }
       rule steady on m_2s { high when max(hottest, 1m) > 85 degC }`,
      { rule: 'steady', pauseS: 10 },
    );
    expect(raised!.over).toEqual([
      { fromUs: 0, toUs: 7.5 * S },
      { fromUs: -60 * S, toUs: 0 },
    ]);
  });

  test.each([0, 2])('events that are keyed anew are still known, with %i workers', async workerCount => {
    const [raised] = await provenances(`rule hot on m where temp > 0 degC by site { high when temp > 85 degC }`, {
      workerCount,
    });
    expect(raised!.events).toEqual([event(1)]);
  });

  test('events of a stream that is not stored are known by their time', async () => {
    const [raised] = await provenances(`rule hot on m { high when temp > 85 degC }`, { isStored: false });
    expect(raised!.events).toEqual([{ stream: 'm', timeUs: 1 * S, identity: null }]);
  });

  test('neither a lower level, nor a clearing has one', async () => {
    const changes = await changesOf(`rule hot on m { medium when temp > 85 degC  high when temp > 92 degC }`, {
      temperatures: [90, 93, 90, 70],
    });
    expect(changes.map(({ change, level, provenance }) => [change, level, provenance !== undefined])).toEqual([
      ['raised', 'medium', true],
      ['level', 'high', true],
      ['level', 'medium', false],
      ['cleared', 'medium', false],
    ]);
  });
});

describe('the version of a rule', () => {
  const rule = `rule hot on m { high when avg(temp, 1m) > 85 degC for 30s  message "{device} is hot" }`;

  test.each([
    ['another rule beside it', `${STREAM}\nrule a on m { low when max(temp, 1m) > 99 degC }\n${rule}`],
    ['the stream is stored', `${STREAM}\nstore m\n${rule}`],
    ['it is read from elsewhere', `${STREAM.replace('memory "m"', 'nats "plant.*"')}\n${rule}`],
    ['other words for the same', `${STREAM}\nlet limit = 85 degC\n${rule.replace('85 degC', 'limit')}`],
    ['a field that it does not read', `${STREAM.replace('site: symbol', 'site: string')}\n${rule}`],
  ])('is the same: %s', (_, text) => {
    expect(versionOf(text)).toBe(versionOf(`${STREAM}\n${rule}`));
  });

  test.each([
    ['a limit', `${STREAM}\n${rule.replace('85', '86')}`],
    ['a range', `${STREAM}\n${rule.replace('1m', '2m')}`],
    ['a duration', `${STREAM}\n${rule.replace('for 30s', 'for 31s')}`],
    ['a text', `${STREAM}\n${rule.replace('is hot', 'is very hot')}`],
    ['how a field is read', `${STREAM.replace('temp: float degC', 'temp: float degC = $.t')}\n${rule}`],
    ['how long late events are waited for', `${STREAM.replace(' time ts', ' lateness 5s time ts')}\n${rule}`],
    ['a member of it', `${STREAM}\n${rule.replace('message', 'cooldown 5m  message')}`],
  ])('is another one: %s', (_, text) => {
    expect(versionOf(text)).not.toBe(versionOf(`${STREAM}\n${rule}`));
  });

  test('of a rule on alerts is another one, when a rule changes whose alerts it reads', () => {
    const flood = (limit: number) =>
      `${STREAM}\nrule hot on m { high when temp > ${limit} degC }\nrule flood on alerts where rule == "hot" { low when count(rule, 1m) > 3 }`;
    expect(versionOf(flood(85), 'flood')).toBe(versionOf(flood(85), 'flood'));
    expect(versionOf(flood(86), 'flood')).not.toBe(versionOf(flood(85), 'flood'));
  });
});

function event(second: number): Provenance['events'][number] {
  return { stream: 'm', timeUs: second * S, identity: { source: 'memory m', sequence: second + 1, item: 0 } };
}

type Run = {
  readonly isStored?: boolean;
  readonly workerCount?: number;
  readonly rule?: string;
  readonly temperatures?: readonly number[];
  /** Before one more event, which closes what is open. */
  readonly pauseS?: number;
};

async function provenances(text: string, run: Run = {}): Promise<Provenance[]> {
  const changes = await changesOf(text, run);
  return changes.flatMap(({ rule, provenance }) => (rule === (run.rule ?? 'hot') ? (provenance ?? []) : []));
}

async function changesOf(
  text: string,
  { isStored = true, workerCount = 0, temperatures = TEMPERATURES, pauseS = 0 }: Run,
): Promise<AlertChange[]> {
  const memory = new MemoryConnector();
  const { plan, diagnostics } = compile({ file: 'r.mill', text: `${STREAM}\n${isStored ? 'store m' : ''}\n${text}` });
  expect(diagnostics).toEqual([]);
  const channel = memory.channel('m');
  await channel.push(temperatures.map((temp, ts) => ({ device: 'm1', site: 'north', temp, ts })));
  if (pauseS > 0) await channel.push([{ device: 'm1', site: 'north', temp: 0, ts: temperatures.length + pauseS }]);
  channel.end();
  const changes: AlertChange[] = [];
  await runJob({
    plan: plan!,
    connectors: new Map([['memory', memory]]),
    workerCount,
    onAlert: change => changes.push(change),
    signal: new AbortController().signal,
  });
  return changes;
}

function versionOf(text: string, name = 'hot'): string {
  const { plan, diagnostics } = compile({ file: 'r.mill', text });
  expect(diagnostics).toEqual([]);
  const rule = plan!.nodes.find((node): node is RuleNode => node.kind === 'rule' && node.name === name)!;
  return new RuleVersions(plan!, new PlanReaders(plan!)).versionOf(rule);
}

describe('an alert of a pattern', () => {
  const pattern = 'rule hot on a: m[temp > 85 degC] -> b: m[temp > 90 degC]{2} within 1m { high }';

  test('comes from the rows that are bound: of a repeated one the first and the last', async () => {
    const [raised] = await provenances(pattern);
    expect(raised).toMatchObject({ sinceUs: 1 * S, events: [event(1), event(2), event(3)], over: [] });
  });

  test.each([0, 2])('of several streams, of which one is stored, with %i workers', async workerCount => {
    const [raised] = await provenances(
      `stream m_2s = from m window tumbling 2s select max(temp) as hottest
       rule hot on a: m[temp > 85 degC] -> b: m_2s[hottest > 90 degC] within 1m { high }`,
      { workerCount, pauseS: 10 },
    );
    expect(raised!.events).toEqual([event(1), { stream: 'm_2s', timeUs: 2 * S, identity: null }]);
  });

  test('names neither what is absent, nor an alternative that is not bound', async () => {
    const [raised] = await provenances(
      'rule hot on (a: m[temp > 200 degC] or b: m[temp > 92 degC]) -> not m[temp > 300 degC] for 1500ms within 1m { high }',
    );
    expect(raised!.events).toEqual([event(4)]);
  });

  test('its version is the same, whether streams are stored or not', () => {
    expect(versionOf(`${STREAM}\nstore m\n${pattern}`)).toBe(versionOf(`${STREAM}\n${pattern}`));
  });
});
