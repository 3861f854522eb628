import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { journalsAt, message, numbersOf, openReader, range, readJournal } from '../connectors/journals.ts';
import { folderWith, jsonLines, millrace, startMillrace } from './millrace.ts';

const KILLS = 20;
const RULES = `
stream motor from journal "motor" json { key device: symbol  temp: float degC  time ts as ms }
rule hot on motor { high when temp > 85 degC message "{device} is at {temp}" }
`;

function lines(from: number, to: number): string {
  return range(from, to)
    .map(n => `${message(n)}\n`)
    .join('');
}

/** The numbers of the messages in the journal `motor` of a working folder. */
async function ingested(folder: string, root = '.millrace/journal'): Promise<number[]> {
  return numbersOf(await readJournal(await openReader(journalsAt(join(folder, root)))));
}

describe('ingest', () => {
  test('standard input: a message a line, whatever ends it', async () => {
    const folder = folderWith({});
    const input = `${lines(1, 1234)}\n  \n${message(1235)}\r\n${message(1236)}`;
    const { code, out, err } = millrace(['ingest', 'motor'], { cwd: folder, input });
    expect({ code, out, err }).toEqual({ code: 0, out: '1,236 messages, synced up to sequence 1,236\n', err: '' });
    expect(await ingested(folder)).toEqual(range(1, 1236));
  });

  test('files, one after the other, behind what is there; --json names what is durable', async () => {
    const folder = folderWith({ 'a.ndjson': lines(1, 50_000), 'b.ndjson': lines(50_001, 50_003) });
    const { out } = millrace(['ingest', 'motor', '--json', 'a.ndjson', 'b.ndjson'], { cwd: folder });
    const [summary, ...syncs] = jsonLines(out).reverse();
    expect(summary).toEqual({ type: 'summary', sequence: 50_003, messages: 50_003, rejected: 0 });
    expect(syncs[0]).toEqual({ type: 'synced', sequence: 50_003, messages: 50_003 });
    millrace(['ingest', 'motor', '-'], { cwd: folder, input: lines(50_004, 50_005) });
    expect(await ingested(folder)).toEqual(range(1, 50_005));
  });

  test('a line of more than 16 MB is left out, with a message', async () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'long.ndjson'), `${lines(1, 2)}${'x'.repeat(17 * 1024 * 1024)}\n${lines(3, 3)}`);
    const { code, out, err } = millrace(['ingest', 'motor', 'long.ndjson'], { cwd: folder });
    expect({ code, out }).toEqual({ code: 0, out: '3 messages, synced up to sequence 3, 1 line left out\n' });
    expect(err).toContain('warning[MR4003]: line 3 of long.ndjson is longer than 16 MB');
    expect(await ingested(folder)).toEqual([1, 2, 3]);
  });

  test.each([
    [['../x'], 3, 'MR5037'],
    [['motor', 'missing.ndjson'], 3, 'MR5001'],
    [['motor', '.'], 3, 'MR5002'],
    [[], 2, "missing required argument 'journal'"],
  ])('%j says what is wrong, and writes nothing', (options, code, text) => {
    const folder = folderWith({});
    const result = millrace(['ingest', ...options], { cwd: folder, input: lines(1, 1) });
    expect(result.code).toBe(code);
    expect(result.err).toContain(text);
    expect(existsSync(join(folder, '.millrace'))).toBe(false);
  });

  test('one writer a journal', async () => {
    const folder = folderWith({});
    const child = startMillrace(['ingest', 'motor', '--json'], { cwd: folder });
    child.stdin!.write(lines(1, 1));
    await outputOf(child, 'synced');
    const second = millrace(['ingest', 'motor'], { cwd: folder, input: lines(2, 2) });
    expect(second).toMatchObject({ code: 3, err: expect.stringContaining('error[MR5032]') });
    child.stdin!.end();
    expect(await exitOf(child)).toBe(0);
  });
});

describe('ingest into a journal that is full', () => {
  test('waits and says so once, and goes on when a run has acknowledged', async () => {
    const folder = folderWith({ 'millrace.yaml': 'journal: { directory: kept, maxSize: 1MB }\n' });
    const child = startMillrace(['ingest', 'motor', '--json'], { cwd: folder });
    let err = '';
    child.stderr!.on('data', text => (err += text));
    for (let n = 0; n < 20; n++) child.stdin!.write(lines(n * 1000 + 1, n * 1000 + 1000));
    child.stdin!.end();
    await expect.poll(() => err, { timeout: 10_000 }).toContain('; waiting');
    const opened = await openReader(journalsAt(join(folder, 'kept')));
    const read: number[] = [];
    const isOver = exitOf(child);
    while (child.exitCode === null || (await opened.source.hasMore!())) {
      const content = await readJournal(opened);
      read.push(...numbersOf(content));
      const last = content.reads.at(-1);
      if (last === undefined) await new Promise(resolve => setTimeout(resolve, 20));
      else await opened.source.acknowledge(last.position);
    }
    expect(await isOver).toBe(0);
    expect(read).toEqual(range(1, 20_000));
    expect(err.match(/warning\[MR5031\]/g)).toHaveLength(1);
  });

  test('Ctrl-C ends the wait within 2 s', async () => {
    const folder = folderWith({ 'millrace.yaml': 'journal: { maxSize: 1MB }\n' });
    const child = startMillrace(['ingest', 'motor'], { cwd: folder });
    let err = '';
    child.stderr!.on('data', text => (err += text));
    for (let n = 0; n < 20; n++) child.stdin!.write(lines(n * 1000 + 1, n * 1000 + 1000));
    await expect.poll(() => err, { timeout: 10_000 }).toContain('; waiting');
    const startedMs = performance.now();
    child.kill('SIGINT');
    expect(await exitOf(child)).toBe(3); // not 130: what was read could not be kept
    expect(performance.now() - startedMs).toBeLessThan(2000);
    const kept = await ingested(folder);
    expect(kept).toEqual(range(1, kept.length));
  });
});

test('Ctrl-C ends ingest with 130, with what was read synced', async () => {
  const folder = folderWith({});
  const child = startMillrace(['ingest', 'motor', '--json'], { cwd: folder });
  child.stdin!.write(`${lines(1, 500)}{"half":`);
  await outputOf(child, 'synced');
  const out = outputOf(child, 'summary');
  const startedMs = performance.now();
  child.kill('SIGINT');
  expect(await exitOf(child)).toBe(130);
  expect(performance.now() - startedMs).toBeLessThan(2000);
  expect(jsonLines(await out).at(-1)).toMatchObject({ messages: 500 });
  expect(await ingested(folder)).toEqual(range(1, 500));
});

test(`kill -9 while lines come, ${KILLS} times: what was acknowledged is there once, in order`, {
  timeout: 120_000,
}, async () => {
  const folder = folderWith({});
  let kept = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const child = startMillrace(['ingest', 'motor', '--json'], { cwd: folder });
    child.stdin!.on('error', () => {}); // it is killed while we write
    let out = '';
    child.stdout!.on('data', text => (out += text));
    const isOver = exitOf(child);
    let next = kept + 1;
    const feeding = setInterval(() => {
      child.stdin!.write(lines(next, next + 19));
      next += 20;
    }, 2);
    await outputOf(child, 'synced');
    await new Promise(resolve => setTimeout(resolve, Math.random() * 100));
    child.kill('SIGKILL');
    await isOver;
    clearInterval(feeding);
    const acknowledged = kept + Number(jsonLines(out.slice(0, out.lastIndexOf('\n') + 1)).at(-1)!['messages']);
    const numbers = await ingested(folder);
    expect(numbers).toEqual(range(1, numbers.length));
    expect(numbers.length).toBeGreaterThanOrEqual(acknowledged);
    kept = numbers.length; // the sender learns what is there, and goes on behind it
  }
});

test('a reader in this process gets what another one writes, as it comes', async () => {
  const folder = folderWith({});
  const opened = await openReader(journalsAt(join(folder, '.millrace/journal')));
  const child = startMillrace(['ingest', 'motor'], { cwd: folder });
  const read: number[] = [];
  for (let n = 1; n <= 5; n++) {
    child.stdin!.write(lines(n * 100 - 99, n * 100));
    await expect
      .poll(
        async () => {
          read.push(...numbersOf(await readJournal(opened)));
          return read.length;
        },
        { timeout: 10_000 },
      )
      .toBe(n * 100);
  }
  child.stdin!.end();
  expect(await exitOf(child)).toBe(0);
  expect(read).toEqual(range(1, 500));
});

describe('run from a journal', () => {
  test('`check` has nothing to say about it', () => {
    const folder = folderWith({ 'motor.mill': RULES });
    expect(millrace(['check', 'motor.mill'], { cwd: folder })).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    ['named in the rule file', RULES, []],
    ['named by --source', RULES.replace('journal "motor" json', 'file "x.csv"'), ['--source', 'motor=journal:motor']],
  ])('%s: follows it, and a later run goes on behind it', async (_, rules, options) => {
    const folder = folderWith({ 'motor.mill': rules });
    for (const [input, device] of [
      [lines(80, 86), 'm2'],
      [lines(87, 90), 'm0'],
    ]) {
      millrace(['ingest', 'motor'], { cwd: folder, input: input! });
      const child = startMillrace(['run', 'motor.mill', '--json', '--state', 'state', ...options], { cwd: folder });
      const out = outputOf(child, 'summary');
      await outputOf(child, `"device":"${device}"`);
      child.kill('SIGINT');
      expect(await exitOf(child)).toBe(130);
      expect(jsonLines(await out).filter(line => line['type'] === 'rejected')).toEqual([]);
    }
    expect(readFileSync(join(folder, '.millrace/journal/motor/acknowledged-motor')).length).toBe(24);
  });
});

describe('settings of the journal', () => {
  test.each([
    ['journal: 3', 'journal holds no settings'],
    ['journal: { size: 1GB }', 'journal.size is not a setting'],
    ['journal: { maxSize: 12 }', 'journal.maxSize is not a size'],
    ['journal: { maxSize: 10KB }', 'of at least 1MB'],
    ['journal: { maxAge: 1GB }', 'journal.maxAge is not a duration'],
    ['journal: { directory: [x] }', 'journal.directory is not a folder'],
  ])('%s: %s', (yaml, text) => {
    const folder = folderWith({ 'millrace.yaml': yaml });
    const { code, err } = millrace(['ingest', 'motor'], { cwd: folder });
    expect(code).toBe(2);
    expect(err).toContain(`error[MR7004]: `);
    expect(err).toContain(text);
  });
});

/** Resolves with all of standard output so far when it has this text. */
function outputOf(child: ChildProcess, text: string): Promise<string> {
  let out = '';
  return new Promise(resolve => {
    child.stdout!.on('data', chunk => {
      out += chunk;
      if (out.includes(text)) resolve(out);
    });
  });
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => child.on('close', code => resolve(code)));
}
