import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../repository/tree.ts';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

const rules = join(root, 'examples/host/rules.mill');

it('measures once, into a journal, and rules read it there', () => {
  const cwd = folderWith({});
  const { code, out, err } = millrace(['host', '--once'], { cwd });
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const lines = jsonLines(out);
  expect(lines.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['processor', 'memory']));
  expect(millrace(['ingest', 'host'], { cwd, input: out }).code).toBe(0);
  const run = millrace(['run', rules, '--once', '--json', '--print', 'host'], { cwd });
  expect(run.code).toBe(0);
  const rows = jsonLines(run.out).filter(({ type }) => type === 'row');
  expect(rows.map(({ key }) => key)).toEqual(lines.map(({ host, part }) => ({ host, part })));
}, 120_000);

it('measures again and again, until it is told to stop', async () => {
  const child = startMillrace(['host', '--every', '100ms'], { cwd: folderWith({}) });
  let out = '';
  const isEnough = new Promise<void>(resolve =>
    child.stdout!.on('data', chunk => {
      out += chunk;
      if (new Set(out.match(/"ts":\d+/g)).size >= 3) resolve();
    }),
  );
  await isEnough;
  child.kill('SIGINT');
  expect(await new Promise(resolve => child.on('exit', resolve))).toBe(130);
});

it('takes no interval that would do nothing but measure', () => {
  expect(millrace(['host', '--every', '10ms'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('from 100ms on'),
  });
});

it('has rules that are good, in the one format, and pass their tests, which reach all of them', () => {
  expect(millrace(['check', rules])).toMatchObject({ code: 0, err: '' });
  expect(millrace(['fmt', '--check', rules])).toMatchObject({ code: 0, out: '' });
  const result = millrace(['test', '--coverage', rules]);
  expect(result.out).toContain('every rule and level is reached by a test');
  expect(result.code).toBe(0);
}, 120_000);

it('says what to install where the library was left out', async () => {
  const without = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(name, context, next) {
      if (name === 'systeminformation') throw new Error('it is not there');
      return next(name, context);
    } });`;
  const node = ['--import', `data:text/javascript,${encodeURIComponent(without)}`];
  const child = startMillrace(['host', '--once'], { cwd: folderWith({}), node });
  let err = '';
  child.stderr!.on('data', chunk => {
    err += chunk;
  });
  expect(await new Promise(resolve => child.on('close', resolve))).toBe(3);
  expect(err).toContain('error[MR5410]');
  expect(err).toContain('npm install systeminformation');
});
