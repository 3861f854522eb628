import { MillraceError } from '../../engine/errors.ts';
import type { Connector, Source, SourceOptions } from '../../engine/connector.ts';
import type { Disk } from '../../engine/disk.ts';
import { FileTable } from './file-table.ts';
import { openFileSink } from './file-sink.ts';
import { openFileSource } from './file-source.ts';
import { cannotFollow, inspectFile } from './format.ts';

/** Files and standard input: docs/connectors/file.md. */
export function createFileConnector(disk: Disk): Connector {
  return {
    name: 'file',
    openSource: async options => {
      checkTime(options);
      return await openSource(options);
    },
    openTable: async options => new FileTable(options, openSource),
    openSink: options => openFileSink(disk, options),
  };
}

async function openSource(options: SourceOptions): Promise<Source> {
  const file = await inspectFile(options);
  if (file.format !== 'parquet') return openFileSource(options, { ...file, format: file.format });
  if (options.isFollowed) throw cannotFollow('Parquet file');
  const { openParquetSource } = await import('./parquet-source.ts'); // with what reads it, when there is one
  return await openParquetSource(options, file);
}

/** A file does not record when its lines arrived, so a finite one needs a time of its own. */
function checkTime({ source, isFollowed }: SourceOptions): void {
  if (source.time !== null || isFollowed || source.address === '-') return;
  throw new MillraceError(
    'MR5009',
    `the stream ${source.id} has no \`time\`, and a file does not record when its lines came`,
    {
      hint: `add a line such as \`time timestamp as iso\` to the stream ${source.id}`,
    },
  );
}
