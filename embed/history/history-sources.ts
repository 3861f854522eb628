import type { Plan, SourceNode } from '../../dsl/plan.ts';
import { MillraceError } from '../../engine/errors.ts';
import type { SourceAddress } from '../../engine/runtime/job.ts';
import { STORED } from './history-task.ts';
import { connectorOf, type StoreAddress } from './store-address.ts';

export type HistorySources = {
  /** By stream; a stream that is not among them is read from its own file. */
  readonly addresses: Readonly<Record<string, SourceAddress>>;
  readonly isStoreRead: boolean;
};

/**
 * Where the past of each stream is read from: the file that is named for it, else its raw series in the store, else the file of its own
 * declaration. Errors: MR7341, and those of the store.
 */
export async function historySources(
  plan: Plan,
  {
    store,
    sources,
  }: { readonly store: StoreAddress | null; readonly sources: Readonly<Record<string, SourceAddress>> },
): Promise<HistorySources> {
  const nodes = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const stored = await storedAmong(
    nodes.filter(({ id }) => sources[id] === undefined),
    store,
  );
  const addresses: Record<string, SourceAddress> = {};
  for (const node of nodes) {
    const named = sources[node.id];
    if (named !== undefined) addresses[node.id] = named;
    else if (stored.has(node.id)) addresses[node.id] = { connector: STORED, address: node.id, directory: '' };
    requireHistory(node, addresses[node.id] ?? node);
  }
  return { addresses, isStoreRead: stored.size > 0 };
}

async function storedAmong(nodes: readonly SourceNode[], store: StoreAddress | null): Promise<ReadonlySet<string>> {
  const stored = new Set<string>();
  const connector = store === null ? undefined : connectorOf(store);
  if (connector?.openReader === undefined || nodes.length === 0) return stored;
  const reader = await connector.openReader();
  try {
    for (const { id } of nodes) if ((await reader.find(id))?.kind === 'raw') stored.add(id);
  } finally {
    await reader.close();
  }
  return stored;
}

function requireHistory({ id }: SourceNode, { connector, address }: SourceAddress): void {
  if (connector === STORED || (connector === 'file' && address !== '-')) return;
  const what = address === '-' ? 'standard input' : connector;
  throw new MillraceError(
    'MR7341',
    `${id} has no history: the store has no raw series of it, and ${what} cannot be read again`,
    {
      hint: `name a file: --source ${id}=readings.csv; or store the stream: \`store ${id}\``,
    },
  );
}
