import type { Plan } from '../../../dsl/plan.ts';
import type { PackedTexts, SymbolTable } from '../../batch.ts';
import type { Position } from '../../connector.ts';
import type { Disk } from '../../disk.ts';
import type { Snapshot, SnapshotValue } from '../../operator.ts';
import { CheckpointStore, type PartReference, type PassedOver } from './checkpoint-store.ts';
import { readPart, writePart } from './part-file.ts';
import { SymbolLog } from './symbol-log.ts';
import type { Counts } from '../delivery.ts';
import type { PartsDone, Workers } from '../workers/workers.ts';
import type { PassedBudget } from '../state-budget.ts';

/**
 * So many checkpoints form a chain: the first has the whole state, each other one what changed since the one before. A
 * source has to keep what two chains cover (see coveredPositions), so that longer ones fill its journal.
 */
const CHAIN_LENGTH = 4;
const KEPT_CHECKPOINTS = 3;

/** What a checkpoint holds beside its parts. */
export type CheckpointContent = {
  readonly plan: Plan;
  /** By source: where to read on, and what its arrival gate knows. */
  readonly sources: Readonly<Record<string, Position>>;
  readonly gates: Readonly<Record<string, Snapshot>>;
  /** By route. */
  readonly sinks: Readonly<Record<string, Position | null>>;
  readonly counts: Counts;
  /** By rule that is paused. */
  readonly paused: Readonly<Record<string, PassedBudget>>;
};

export type Restored = {
  readonly content: CheckpointContent;
  /** Of the workers, oldest first. */
  readonly parts: readonly PartReference[];
  /** Oldest first. */
  readonly symbols: readonly PackedTexts[];
  readonly passedOver: readonly PassedOver[];
};

/** A checkpoint whose parts are being written. */
export type StartedCheckpoint = {
  readonly id: number;
  readonly parts: Promise<PartsDone>;
};

/**
 * The checkpoints of a job, one at a time. `start` fixes the state between two rounds, and it is written while the job goes
 * on; `finish`, when the sinks have all that came before, makes it the one that a restart takes. Their parts form a chain,
 * in which a key counts as its newest part has it. A chain begins anew with a run, after a failure, and from time to time.
 *
 * Errors: MR6002 the folder cannot be written · MR6003, MR6006 as CheckpointStore.
 */
export class Checkpointer {
  readonly #disk: Disk;
  readonly #store: CheckpointStore;
  #symbols: SymbolLog | undefined;
  #chain: (readonly PartReference[])[] = []; // oldest first
  #isChainBroken = false;

  private constructor(disk: Disk, store: CheckpointStore) {
    this.#disk = disk;
    this.#store = store;
  }

  static async open(disk: Disk, folder: string): Promise<Checkpointer> {
    return new Checkpointer(disk, await CheckpointStore.open(disk, folder, { kept: KEPT_CHECKPOINTS }));
  }

  /** The newest good checkpoint; undefined where there is none yet. Called once, before `start`. */
  async latest(): Promise<Restored | undefined> {
    const stored = await this.#store.latest();
    if (stored === undefined) return undefined;
    const isOfSymbols = (part: PartReference) => part.path.endsWith(SYMBOLS_NAME);
    const symbols: PackedTexts[] = [];
    for (const part of stored.parts.filter(isOfSymbols)) {
      symbols.push(...((await readPart(this.#disk, part)) as PackedTexts[])); // as: what SymbolLog gave
    }
    return {
      content: stored.content as unknown as CheckpointContent, // what `finish` wrote: the store has checked it
      parts: stored.parts.filter(part => !isOfSymbols(part)),
      symbols,
      passedOver: stored.passedOver,
    };
  }

  start(workers: Workers, symbols: SymbolTable): StartedCheckpoint {
    const id = this.#store.nextId;
    if (this.#isChainBroken || this.#chain.length === CHAIN_LENGTH) this.#chain = [];
    this.#isChainBroken = false;
    const extent = this.#chain.length === 0 ? 'all' : 'changed';
    this.#symbols ??= new SymbolLog(symbols);
    const parts = allDone(
      workers.takeParts({ checkpoint: id, pathOf: worker => this.#store.partPath(id, `worker-${worker}`), extent }),
      writePart(this.#disk, this.#store.partPath(id, SYMBOLS_NAME), [this.#symbols.take(extent)]),
    ).then(([taken, ofSymbols]) => ({ ...taken, parts: [...taken.parts, ofSymbols] }));
    parts.catch(() => {}); // `finish` hears of it
    return { id, parts };
  }

  /**
   * Resolves when the checkpoint is durable. After an error it is given up: the one before counts, and the next one is whole
   * in itself.
   */
  async finish({ id, parts }: StartedCheckpoint, content: Promise<CheckpointContent>): Promise<PartsDone> {
    try {
      const taken = await parts;
      this.#chain = [...this.#chain, taken.parts];
      await this.#store.commit({ id, content: plainCopy(await content), parts: this.#chain.flat() });
      return taken;
    } catch (error) {
      this.#isChainBroken = true;
      await this.#store.abandon(id).catch(() => {}); // the first error is told
      throw error;
    }
  }

  /** Where the sources stand in the oldest checkpoint that is kept; nothing before that is needed again. */
  async coveredPositions(): Promise<Readonly<Record<string, Position>>> {
    const oldest = (await this.#store.oldestKept()) as unknown as CheckpointContent | undefined; // as above
    return oldest?.sources ?? {};
  }
}

const SYMBOLS_NAME = 'symbols';

/** Of two that are under way: fails only when both are at their end, so that nothing of a checkpoint comes behind it. */
async function allDone<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<[First, Second]> {
  await Promise.allSettled([first, second]);
  return await Promise.all([first, second]);
}

/** Snapshots have no `undefined`: optional members that are not there are left out. */
function plainCopy(value: CheckpointContent): Snapshot {
  return plain(value) as Snapshot;
}

function plain(value: unknown): SnapshotValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value as SnapshotValue; // plain data
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}
