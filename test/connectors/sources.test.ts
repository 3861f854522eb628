import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { createFileConnector } from '../../connectors/file/index.ts';
import { MemoryConnector } from '../../connectors/memory/index.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { type ConformingSource, describeSource } from './conformance.ts';
import { field, motorNode, openSource, type ReadRow } from './sources.ts';

const fileConnector = createFileConnector(new NodeDisk());
const ROWS: readonly ReadRow[] = Array.from({ length: 100 }, (_, index) => ({
  timeUs: index * 1_000_000,
  device: `m${index % 7} "ö"\n${index % 3}`,
  temp: index % 10 === 3 ? null : 60 + index / 8,
}));

/** Every 20th item cannot be read. */
function withBroken(items: readonly string[], broken: string): string[] {
  return items.flatMap((item, index) => (index % 20 === 5 ? [broken, item] : [item]));
}

/** As of a packed file that was appended to. */
function inTwoParts(text: string, pack: (part: string) => Buffer): Buffer {
  return Buffer.concat([pack(text.slice(0, 1000)), pack(text.slice(1000))]);
}

function csvLines(): string[] {
  const lines = ROWS.map(row => `${row.timeUs / 1000},"${String(row.device).replaceAll('"', '""')}",${row.temp ?? ''}`);
  return ['ts,device,temp', ...withBroken(lines, 'ragged')];
}

function jsonItems(): string[] {
  return ROWS.map(({ timeUs, device, temp }) => JSON.stringify({ ts: timeUs / 1000, device, temp }));
}

function describeFile(options: {
  readonly name: string;
  readonly content: string | Buffer;
  readonly rejectedCount?: number;
}): void {
  describeSource(options.name, async (): Promise<ConformingSource> => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-'));
    await writeFile(join(directory, options.name), options.content);
    const node = motorNode({ address: options.name, directory });
    return {
      open: position => openSource(fileConnector, node, { position }),
      rows: ROWS,
      rejectedCount: options.rejectedCount ?? 5,
    };
  });
}

describeFile({ name: 'lines.csv', content: csvLines().join('\n') });
describeFile({
  name: 'windows.csv',
  content: `\ufeff${csvLines().join('\n').replaceAll('ragged\n', 'ragged\r\n')}\n\r\n`,
});
describeFile({ name: 'packed.csv.gz', content: gzipSync(csvLines().join('\n')) });
describeFile({ name: 'by-magic.csv', content: zstdCompressSync(csvLines().join('\n')) });
describeFile({ name: 'members.csv.gz', content: inTwoParts(csvLines().join('\n'), gzipSync) });
describeFile({ name: 'frames.csv.zst', content: inTwoParts(csvLines().join('\n'), zstdCompressSync) });
describeFile({ name: 'lines.ndjson', content: withBroken(jsonItems(), '{"ts": 1,').join('\n') });
describeFile({ name: 'packed.jsonl.zst', content: zstdCompressSync(withBroken(jsonItems(), 'x').join('\n')) });
describeFile({ name: 'list.json', content: `[\n${withBroken(jsonItems(), '{"ts": nan}').join(',\n')}\n]\n` });
describeFile({ name: 'one-after-the-other.json', content: withBroken(jsonItems(), '[1]').join(' ') });

describeSource('motor.parquet', async () => {
  const node = motorNode({
    address: 'motor.parquet',
    directory: join(import.meta.dirname, 'fixtures'), // written by hyparquet-writer: 250 rows in groups of 100
    fields: [
      field('device', 'symbol'),
      field('temp', 'float'),
      field('count', 'int', { range: { low: 0, high: 239 } }),
      field('running', 'bool'),
    ],
  });
  return {
    open: position => openSource(fileConnector, node, { position }),
    rejectedCount: 10,
    rows: Array.from({ length: 240 }, (_, index) => ({
      timeUs: 1_372_896_000_000_000 + index * 1_000_000,
      device: `m${index % 7}`,
      temp: index % 10 === 3 ? null : 60 + index / 8,
      count: index,
      running: index % 2 === 0,
    })),
  };
});

describeSource('memory', async () => {
  const memory = new MemoryConnector({ isReplayable: true });
  const channel = memory.channel('motor.csv');
  await channel.push(ROWS.map(({ timeUs, device, temp }) => ({ ts: Number(timeUs) / 1000, device, temp })));
  await channel.push([{ device: 'no time' }]);
  channel.end();
  return { open: position => openSource(memory, motorNode(), { position }), rows: ROWS, rejectedCount: 1 };
});
