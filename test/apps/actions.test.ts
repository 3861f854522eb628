import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyOf, reading, startRun, STATE } from './alert-run.ts';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

const RULES = `
stream m from journal "plant" json { key id: symbol  x: float  time ts as ms }
rule hot on m { medium when x > 10  clear when x < 5  latch }
route alerts to file "routed.ndjson"
`;

describe('what operators do', () => {
  test(
    'a run sees it as soon as it is told, and goes on with it after a crash',
    async () => {
      const cwd = folderWith({ 'rules.mill': RULES });
      const producer = startMillrace(['ingest', 'plant'], { cwd });
      producer.stdin!.write(`${reading('m1', 11)}\n${reading('m2', 12)}\n`);
      const run = startRun(cwd);
      await run.until(changes => changes.length === 2);
      const [m1, m2] = listed(cwd).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      expect([keyOf(m1!), keyOf(m2!)]).toEqual(['m1', 'm2']);

      expect(
        millrace(['ack', m1!['id'] as string, '--by', 'Eva', '--comment', 'on my way', ...STATE], { cwd }),
      ).toEqual({
        code: 0,
        out: 'acknowledge hot m1, by Eva: the run is told\n',
        err: '',
      });
      await run.until(changes => changes.some(({ change }) => change === 'acknowledged'));
      expect(run.changes().at(-1)).toMatchObject({ state: ['acknowledged'], by: 'Eva', comment: 'on my way' });
      expect(millrace(['suppress', '--rule', 'hot', '--key', 'm2', ...STATE], { cwd }).code).toBe(0);
      await run.until(changes => changes.some(({ change }) => change === 'suppressed'));
      await run.kill();

      // With no run, it waits for the next one.
      expect(millrace(['comment', m2!['id'] as string, '--comment', 'valve', ...STATE], { cwd }).code).toBe(0);
      expect(readdirSync(join(cwd, 'state/actions'))).toHaveLength(1);
      const second = startRun(cwd);
      await second.until(changes => changes.some(({ change }) => change === 'commented'));
      producer.stdin!.write(`${reading('m1', 1)}\n${reading('m2', 1)}\n`);
      await second.until(changes => changes.some(({ change }) => change === 'returned'));
      await second.until(changes => changes.some(({ change }) => change === 'cleared'));
      await second.stop();
      expect(listed(cwd)).toMatchObject([{ key: { id: 'm2' }, state: ['returned', 'suppressed'], comment: 'valve' }]);
      expect(readdirSync(join(cwd, 'state/actions'))).toEqual([]);
      const routed = jsonLines(readFileSync(join(cwd, 'routed.ndjson'), 'utf8'));
      const of = (id: string) => routed.filter(change => keyOf(change) === id).map(({ change }) => change);
      expect(of('m1')).toEqual(['raised', 'acknowledged', 'cleared']);
      expect(of('m2')).toEqual(['raised', 'suppressed']);
    },
    TIMEOUT_MS,
  );

  test(
    'what is no action is told once and left alone',
    async () => {
      const cwd = folderWith({ 'rules.mill': RULES });
      const producer = startMillrace(['ingest', 'plant'], { cwd });
      producer.stdin!.write(`${reading('m1', 11)}\n`);
      const first = startRun(cwd);
      await first.until(changes => changes.length === 1);
      const path = join(cwd, 'state/actions/0.json');
      expect(millrace(['comment', '--rule', 'hot', '--key', 'm1', '--comment', 'x', ...STATE], { cwd }).code).toBe(0);
      await first.until(changes => changes.some(({ change }) => change === 'commented'));
      writeFileSync(path, '{"action":"delete"}');
      millrace(['ack', '--rule', 'hot', '--key', 'm1', ...STATE], { cwd });
      await first.until(changes => changes.some(({ change }) => change === 'acknowledged'));
      await first.stop();
      expect(first.errors().match(/warning\[MR7083\]/g)).toHaveLength(1);
      expect(existsSync(path)).toBe(true);
    },
    TIMEOUT_MS,
  );

  test.each([
    ['of no alert', ['ack', 'ffff', '--state', 'state'], 'MR7081'],
    ['of nothing', ['ack', '--state', 'state'], 'MR7082'],
    ['without its text', ['comment', 'ffff', '--state', 'state'], 'MR7082'],
    ['without a state folder', ['ack', 'ffff'], 'MR7080'],
    ['without a state folder, a list', ['alerts'], 'MR7080'],
  ])('%s is refused', (_, commandLine, code) => {
    const { code: exitCode, err } = millrace(commandLine, { cwd: folderWith({}) });
    expect(err).toContain(`error[${code}]`);
    expect(exitCode).toBe(2);
  });
});

/** Two runs, an ingest and some commands start, on a machine that may be busy. */
const TIMEOUT_MS = 90_000;

function listed(cwd: string): Record<string, unknown>[] {
  return jsonLines(millrace(['alerts', '--json', ...STATE], { cwd }).out);
}
