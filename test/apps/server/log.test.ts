import { expect, it } from 'vitest';
import { coloursFor } from '../../../apps/cli/terminal.ts';
import { createLog } from '../../../apps/server/log/log.ts';
import type { LogLine } from '../../../apps/server/log/log-line.ts';
import { Repeats } from '../../../apps/server/log/repeats.ts';

const MINUTE_MS = 60_000;

it('a line is a JSON object with time, level, code, message and fields', () => {
  const { lines, log } = jsonLog();
  log({ level: 'info', message: 'serving on http://127.0.0.1:8080', url: 'http://127.0.0.1:8080', rules: 3 });
  log({ level: 'warn', code: 'MR5200', message: 'QuestDB does not answer', hint: 'start it', subject: 'motor_1m' });
  expect(lines()).toEqual([
    {
      level: 'info',
      time: '2026-01-01T00:00:00.000Z',
      url: 'http://127.0.0.1:8080',
      rules: 3,
      message: 'serving on http://127.0.0.1:8080',
    },
    {
      level: 'warn',
      time: '2026-01-01T00:00:00.000Z',
      code: 'MR5200',
      hint: 'start it',
      message: 'QuestDB does not answer',
    },
  ]);
});

it('on a terminal a line is for people, and nothing in it moves the cursor', () => {
  let text = '';
  const colours = coloursFor({ isTTY: false } as NodeJS.WriteStream);
  const { log } = createLog({ write: line => (text += line), colours, nowMs: () => Date.UTC(2026, 0, 1, 12, 4, 7) });
  log({ level: 'warn', code: 'MR5200', message: 'no answer\u001b[2J', hint: 'start it', stream: 'motor' });
  expect(text).toBe('12:04:07  warn   MR5200  no answer\u{fffd}[2J  stream=motor\n          = hint: start it\n');
});

it('a flood of a million failures gives a handful of lines, and none is lost from the counts', () => {
  const written: LogLine[] = [];
  const repeats = new Repeats(line => written.push(line));
  let nowMs = 0;
  for (let i = 0; i < 1_000_000; i++) {
    const code = `MR${5000 + (i % 3)}`;
    repeats.take({ level: 'warn', code, message: `failure ${i}`, subject: i % 3 === 2 ? `device-${i}` : 'one' }, nowMs);
    nowMs += 1; // a thousand a second, for 17 minutes
    if (i % 5_000 === 0) repeats.tellDue(nowMs);
  }
  repeats.tellAll(nowMs);
  expect(written.length).toBeLessThan(80); // two codes: at once, after 1 and 11 minutes, at the end; 21 subjects of the third
  const toldOf = (code: string) => written.filter(line => line.code === code);
  expect(toldOf('MR5000').map(line => line['repeated'])).toHaveLength(4);
  for (const code of ['MR5000', 'MR5001', 'MR5002']) {
    const told = toldOf(code).reduce((sum, line) => sum + Number(line['repeated'] ?? 1), 0);
    expect(told).toBe(repeats.counts.find(counted => counted.code === code)!.count);
  }
  expect(repeats.counts.reduce((sum, { count }) => sum + count, 0)).toBe(1_000_000);
});

it('what has repeated is told after a minute, after ten more, and each hour, also when it is over', () => {
  const written: (readonly [number, unknown])[] = [];
  let nowMs = 0;
  const repeats = new Repeats(line => written.push([nowMs / MINUTE_MS, line['repeated']]));
  const failure = { level: 'error', code: 'MR5101', message: 'the connection is lost' } as const;
  for (; nowMs < 100 * MINUTE_MS; nowMs += MINUTE_MS / 2) {
    repeats.take(failure, nowMs);
    repeats.tellDue(nowMs);
  }
  expect(written).toEqual([
    [0, undefined],
    [1, 2],
    [11, 20],
    [71, 120],
  ]);
  for (; nowMs < 200 * MINUTE_MS; nowMs += MINUTE_MS / 2) repeats.tellDue(nowMs);
  expect(written.at(-1)).toEqual([131, 57]); // the rest, though none came any more
  repeats.take(failure, nowMs); // long after
  expect(written.at(-1)).toEqual([200, undefined]);
});

it('a message that differs by numbers alone is the same failure, by a name another one', () => {
  const written: LogLine[] = [];
  const repeats = new Repeats(line => written.push(line));
  for (const message of ['3 rows of pump1, at 12:30', '17 rows of pump1, at 12:31', '17 rows of pump2, at 12:31']) {
    repeats.take({ level: 'warn', code: 'MR5209', message }, 0);
  }
  expect(written.map(({ message }) => message)).toEqual(['3 rows of pump1, at 12:30', '17 rows of pump2, at 12:31']);
});

it('codes and subjects are bounded, whatever comes', () => {
  const written: LogLine[] = [];
  const repeats = new Repeats(line => written.push(line));
  for (let i = 0; i < 100_000; i++) {
    repeats.take({ level: 'warn', code: `X${i % 2_000}`, message: 'flood', subject: `s${i}` }, 0);
  }
  expect(repeats.counts.length).toBeLessThanOrEqual(501);
  expect(written.length).toBeLessThanOrEqual(501 * 21);
});

it('no line holds a secret', () => {
  const { lines, log } = jsonLog();
  const token = 'tok-123';
  log({
    level: 'error',
    code: 'MR5102',
    message: `nats://eva:${token}@plant:4222 refuses, as does http://${token}@questdb`,
    hint: `Authorization: Bearer ${token}`,
    settings: { nats: { token, servers: [`tls://a:${token}@b`] }, questdb: { password: token, url: 'http://q' } },
  });
  const [line] = lines();
  expect(JSON.stringify(line)).not.toContain(token);
  expect(line).toMatchObject({ settings: { questdb: { url: 'http://q' } } });
});

function jsonLog() {
  let text = '';
  const { log } = createLog({ write: line => (text += line), colours: null, nowMs: () => Date.UTC(2026, 0, 1) });
  const lines = () =>
    text
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
  return { log, lines };
}
