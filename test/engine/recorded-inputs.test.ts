import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { MillraceError } from '../../engine/errors.ts';
import type { InputEntry, RecordedInput } from '../../engine/recorded-input.ts';
import { EntryLog } from '../../engine/runtime/inputs/entry-log.ts';
import { RecordedInputs, type RecordedInputsOptions } from '../../engine/runtime/inputs/recorded-inputs.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { FaultyDisk } from '../connectors/journals.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'millrace-inputs-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** Gives the words that it is told, numbered by its position. */
class Words implements RecordedInput {
  readonly taken: InputEntry[] = [];
  readonly said: string[] = [];
  readonly input: string;
  #notify = () => {};

  constructor(input: string) {
    this.input = input;
  }

  say(...words: readonly string[]): void {
    this.said.push(...words);
    this.#notify();
  }

  take(entry: InputEntry): void {
    this.taken.push(entry);
  }

  async next({ position }: Parameters<RecordedInput['next']>[0]) {
    const from = Number(position?.['words'] ?? 0);
    const entries = this.said.slice(from).map(word => ({ texts: [word], content: { word } }));
    return { entries, position: { words: this.said.length } };
  }

  async changed(): Promise<void> {
    await new Promise<void>(resolve => (this.#notify = resolve));
  }

  compact(): readonly InputEntry[] {
    return [];
  }

  async close(): Promise<void> {}

  get words(): unknown[] {
    return this.taken.map(({ content }) => content['word']);
  }
}

const AT = { clocks: { s: 50, t: 200 }, nowUs: 100, isBeforeAll: false };

async function open(
  inputs: readonly RecordedInput[],
  more: Partial<RecordedInputsOptions> = {},
): Promise<RecordedInputs> {
  const log = await EntryLog.open(new NodeDisk(), join(folder, 'inputs'));
  return await RecordedInputs.open({
    inputs,
    log,
    stored: null,
    sleep: async () => {},
    onTrouble: () => {},
    onFailed: () => {},
    ...more,
  });
}

async function recordAll(inputs: RecordedInputs, at = AT): Promise<InputEntry[]> {
  const entries: InputEntry[] = [];
  while (inputs.hasNews) {
    const recorded = await inputs.record(at);
    if (recorded === null) continue;
    inputs.taken(recorded);
    entries.push(...recorded.entries);
  }
  return entries;
}

it('what was recorded is there again after a crash, at its place, and is not asked for twice', async () => {
  const words = new Words('words');
  words.say('one', 'two');
  const first = await open([words]);
  const entries = await recordAll(first);
  expect(entries.map(({ sequence, arrivalUs, ahead }) => ({ sequence, arrivalUs, ahead }))).toEqual([
    { sequence: 1, arrivalUs: 100, ahead: { t: 200 } },
    { sequence: 2, arrivalUs: 100, ahead: { t: 200 } },
  ]);

  const again = new Words('words');
  again.say('one', 'two', 'three');
  const second = await open([again]);
  expect(second.entries).toEqual(entries);
  expect(again.words).toEqual(['one', 'two']);
  expect(await recordAll(second, { ...AT, nowUs: 7 })).toMatchObject([{ sequence: 3, arrivalUs: 100 }]); // a clock set back
});

it('what is there before the first event is so for all time, unless it was recorded later once', async () => {
  const [one, other] = [new Words('one'), new Words('other')];
  one.say('a');
  const first = await open([one, other]);
  expect(await recordAll(first, { ...AT, isBeforeAll: true })).toMatchObject([{ input: 'one', arrivalUs: -Infinity }]);

  one.say('b');
  const second = await open([one]);
  expect(await recordAll(second, { ...AT, isBeforeAll: true })).toMatchObject([{ input: 'one', arrivalUs: 100 }]);
});

it('a checkpoint keeps what some source has still to hear, and the log lets go of what all checkpoints hold', async () => {
  const words = new Words('words');
  words.say('old');
  const inputs = await open([words]);
  await recordAll(inputs);
  const all = inputs.takePart('all', { s: 150, t: 200 });
  expect(all).toMatchObject([{ content: { word: 'old' } }]); // of t, no later event has come
  expect(inputs.takePart('all', { s: 150, t: 201 })).toEqual([]);

  inputs.watch();
  const news = inputs.orNews(new Promise(() => {}));
  words.say('new');
  expect(await news).toBeNull();
  await recordAll(inputs, { ...AT, nowUs: 300 });
  expect(inputs.takePart('changed', { s: 300 })).toMatchObject([{ content: { word: 'new' } }]);
  expect(inputs.takePart('changed', { s: 300 })).toEqual([]);
  const names = () => readdirSync(join(folder, 'inputs'));
  expect(names()).toHaveLength(2);
  await inputs.forget({ sequence: 1, arrivalUs: 100, positions: {} });
  expect(names()).toHaveLength(1);

  const restored = new Words('words');
  await open([restored], { stored: { state: { sequence: 1, arrivalUs: 100, positions: {} }, entries: all } });
  expect(restored.words).toEqual(['old', 'new']);
});

it('what cannot be made durable does not count, is told once, and is recorded when it can be', async () => {
  const disk = new FaultyDisk();
  const log = await EntryLog.open(disk, join(folder, 'inputs'));
  const words = new Words('words');
  words.say('one');
  const troubles: MillraceError[] = [];
  const inputs = await open([words], { log, onTrouble: error => troubles.push(error) });
  disk.fault = call => (call === 'sync' ? 'ENOSPC' : null);
  for (let i = 0; i < 3; i++) {
    expect(await inputs.record(AT)).toBeNull();
    await expect.poll(() => inputs.hasNews).toBe(true);
  }
  expect(troubles.map(({ code }) => code)).toEqual(['MR6002']);
  expect(words.taken).toEqual([]);
  disk.fault = () => null;
  expect(await recordAll(inputs)).toMatchObject([{ sequence: 1 }]);
  expect(words.words).toEqual(['one']);
});
