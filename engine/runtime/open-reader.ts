import type { SourceNode } from '../../dsl/plan.ts';
import type { SymbolTable } from '../batch.ts';
import { BatchBuilder } from '../batch/batch-builder.ts';
import type { Connector, Position, SourceOptions } from '../connector.ts';
import { MillraceError } from '../errors.ts';
import type { Snapshot } from '../operator.ts';
import type { SourceAddress } from './job-options.ts';
import { Reader } from './reader.ts';
import type { SourceEnd } from './source-end.ts';
import type { KeyShares } from '../state/key-share.ts';

/** Opens a source where it stands, at its own address or another one. Errors: MR8098, and those of the connector. */
export async function openReader(
  node: SourceNode,
  options: {
    readonly connectors: ReadonlyMap<string, Connector>;
    readonly override: SourceAddress | undefined;
    readonly symbols: SymbolTable;
    readonly position: Position | null;
    readonly gate: Snapshot | undefined;
    readonly end: SourceEnd | undefined;
    readonly isAdmitted: boolean;
    readonly shares: KeyShares | null;
    readonly monotonicMs: () => number;
    readonly how: Pick<SourceOptions, 'speed' | 'isFollowed' | 'nowUs'>;
  },
): Promise<Reader> {
  const { override, symbols, position, gate, end, isAdmitted, shares, monotonicMs } = options;
  const source = override === undefined ? node : { ...node, ...override, codec: codecOf(override, node) };
  const connector = options.connectors.get(source.connector);
  if (connector?.openSource === undefined) {
    throw new MillraceError('MR8098', `reading from ${source.connector} is not in this version yet`, {
      hint: `read ${node.id} from a file: --source ${node.id}=readings.csv`,
    });
  }
  const builder = new BatchBuilder(source, symbols);
  builder.sourceName = `${source.connector} ${source.address}`; // unless the connector knows better
  const { directory } = source;
  const opened = await connector.openSource({ source, directory, builder, position, ...options.how });
  return new Reader({ node, source: opened, builder, symbols, position, gate, end, isAdmitted, shares, monotonicMs });
}

/** Another address has another form: its name tells it, and standard input has JSON lines where the file says nothing. */
function codecOf(override: SourceAddress, node: SourceNode): string | null {
  if (override.connector !== 'file') return node.codec;
  return override.address === '-' ? (node.codec ?? 'json') : null;
}
