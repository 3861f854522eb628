import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  dataFolder,
  type Example,
  type ExampleSource,
  examplesIn,
  type OwnSource,
  type RecordedSource,
} from '../../examples/examples.js';
import { generateSeries } from '../../examples/generate-series.js';
import { millrace } from '../apps/millrace.ts';
import { root } from '../repository/tree.ts';

/**
 * Every example: its own tests, a run over the recorded series against `found.txt` (what it found and when; `UPDATE=1`
 * rewrites it), its page, and a run over a generated series of the same form. Those that bring their readings: that
 * these are what the model beside them makes.
 */
const data = dataFolder();
const temporary = mkdtempSync(join(tmpdir(), 'millrace-examples-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe.each(examplesIn(join(root, 'examples')))('$name', example => {
  const rules = join(example.folder, 'rules.mill');

  test('its rules are good, and pass their tests', () => {
    expect(millrace(['check', rules])).toMatchObject({ code: 0, err: '' });
    expect(millrace(['test', rules])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/[1-9]\d* passed, 0 failed/),
    });
  });

  test.skipIf(data === null && !isOwn(example))(
    'on its readings it finds what found.txt says',
    () => {
      const found = runsOf(example).map(files => {
        const names = Object.values(files).join(', ');
        const folder = isOwn(example) ? example.folder : data!;
        return `# ${names}\n${runOn(stream => join(folder, files[stream]!))}`;
      });
      const golden = join(example.folder, 'found.txt');
      if (process.env['UPDATE']) writeFileSync(golden, found.join('\n'));
      expect(found.join('\n')).toBe(readFileSync(golden, 'utf8'));
    },
    300_000,
  );

  test('its page quotes what it found', () => {
    const found = readFileSync(join(example.folder, 'found.txt'), 'utf8').split('\n');
    const quoted = readFileSync(join(example.folder, 'README.md'), 'utf8')
      .split('\n')
      .filter(line => /^\d{4}-\d{2}-\d{2} /.test(line));
    expect(quoted.length).toBeGreaterThan(0);
    expect(quoted.filter(line => !found.includes(line))).toEqual([]);
  });

  if (isOwn(example)) {
    test('its readings are those of its model', async () => {
      const model = (await import(join(example.folder, 'make-data.js'))) as { files(): Record<string, string> }; // as: its one export
      const files = model.files();
      expect(Object.keys(files).sort()).toEqual(
        runsOf(example)
          .flatMap(run => Object.values(run))
          .sort(),
      );
      for (const [name, text] of Object.entries(files)) {
        expect(readFileSync(join(example.folder, name), 'utf8')).toBe(text);
      }
    });
  } else {
    test('on a generated series it raises alerts', () => {
      const found = runOn(stream => {
        const path = join(temporary, `${example.name}-${stream}.csv`);
        generateSeries(path, (example.sources[stream] as RecordedSource).generated); // as: no own one
        return path;
      });
      expect(found).toMatch(/ ● \w+ +raised /);
    });
  }

  /** All lines but the last, which says how long it took. */
  function runOn(fileOf: (stream: string) => string): string {
    const sources = Object.keys(example.sources).flatMap(stream => ['--source', `${stream}=${fileOf(stream)}`]);
    const { code, out, err } = millrace(['run', rules, ...sources]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    return out.replace(/[^\n]*\n$/, '');
  }
});

/** For each run of an example, the file of each stream. */
function runsOf({ sources }: Example): Record<string, string>[] {
  const filesOf = (source: ExampleSource) => ('data' in source ? [source.data] : source.recorded);
  const runs = Math.max(...Object.values(sources).map(source => filesOf(source).length));
  return Array.from({ length: runs }, (_, run) =>
    Object.fromEntries(Object.entries(sources).map(([stream, source]) => [stream, filesOf(source)[run]!])),
  );
}

function isOwn(example: Example): example is Example & { readonly sources: Readonly<Record<string, OwnSource>> } {
  return Object.values(example.sources).every(source => 'data' in source);
}
