import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sharedNats, sharedQuestDb } from '../../services/servers.ts';
import { folderWith, jsonLines, millraceWith } from '../millrace.ts';
import { labels, readings, rules } from './plant.ts';

const servers = { nats: await sharedNats(), questDb: await sharedQuestDb() };

/** Tables of the server are shared: the stream has a name of its own. */
const own = (text: string) => text.replaceAll('motor', 'backtested_motor');

test('over series in QuestDB it finds what it finds over the file that they came from', { timeout: 300_000 }, () => {
  const cwd = folderWith({
    'readings.csv': readings(),
    'labels.csv': labels(),
    'rules.mill': own(rules('88 degC', 'store motor\n')),
    'old.mill': own(rules('92 degC')),
  });
  const out = (...words: readonly string[]) => {
    const { code, out: text, err } = millraceWith(servers, words, { cwd });
    expect({ code, err }, words.join(' ')).toEqual({ code: 0, err: '' });
    return text;
  };
  const backtest = (...options: readonly string[]) =>
    out('backtest', 'rules.mill', '--against', 'old.mill', '--labels', 'labels.csv', ...options);
  const linesOf = (...options: readonly string[]) => jsonLines(backtest('--json', ...options));

  const ofFile = linesOf('--store', 'none');
  const times = ['--from', '2026-03-02T06:00:00Z', '--to', '2026-03-02T12:00:00Z', '--key', 'device=m2'];
  const ofStretch = linesOf('--store', 'none', ...times);
  backtest('--store', 'none', '--report', 'file.html');
  expect(ofFile.at(-1)).toMatchObject({ differences: { same: 1, new: 2 }, after: { in_time: 3 }, keys: 3 });

  out('run', 'rules.mill', '--store', 'questdb', '--json');
  writeFileSync(join(cwd, 'readings.csv'), 'device,temp,at\n'); // nothing is left but what is stored
  for (const workers of ['0', '2']) {
    const stored = ['--store', 'questdb', '--workers', workers];
    expect(linesOf(...stored), workers).toEqual(ofFile);
    expect(linesOf(...stored, ...times), workers).toEqual(ofStretch);
  }
  expect(backtest('--store', 'questdb', '--report', 'store.html')).toContain('over the stored series backtested_motor');
  const [file, store] = ['file.html', 'store.html'].map(name => readFileSync(join(cwd, name), 'utf8'));
  expect(store).toBe(file!.replace('backtested_motor from file readings.csv', 'the stored series backtested_motor'));
});
