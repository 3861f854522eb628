import type { Plan } from '../../../dsl/plan.ts';
import type { PackedTexts, SymbolTable } from '../../batch.ts';
import type { Position } from '../../connector.ts';
import type { Disk } from '../../disk.ts';
import type { Snapshot, SnapshotValue } from '../../operator.ts';
import { CheckpointStore, type PartReference, type PassedOver } from './checkpoint-store.ts';
import type { StateExtent } from './engine-state.ts';
import { readPart, writePart } from './part-file.ts';
import { planOf } from './stored-plan.ts';
import { SymbolLog } from './symbol-log.ts';
import type { Counts } from '../delivery.ts';
import type { InputEntry } from '../../recorded-input.ts';
import type { InputsState } from '../inputs/recorded-inputs.ts';
import type { RevisionsState } from '../revision/revisions.ts';
import type { PartsDone, Workers } from '../workers/workers.ts';
import type { SourceEnd } from '../source-end.ts';
import type { PassedBudget } from '../state-budget.ts';

/**
 * So many checkpoints form a chain: the first has the whole state, each other one what changed since the one before. A
 * source has to keep what two chains cover (see covered), so that longer ones fill its journal.
 */
const CHAIN_LENGTH = 4;
/** A chain whose changes are more than this, and than half of the whole, ends sooner: a start has to read all of it. */
const MAX_CHANGES_BYTES = 32 * 1024 * 1024;
const KEPT_CHECKPOINTS = 3;

/** What a checkpoint holds beside its parts. */
export type CheckpointContent = {
  readonly plan: Plan;
  /** By source: where to read on, and what its arrival gate knows. */
  readonly sources: Readonly<Record<string, Position>>;
  readonly gates: Readonly<Record<string, Snapshot>>;
  /** By source; older checkpoints have none. */
  readonly ends?: Readonly<Record<string, SourceEnd>>;
  readonly inputs: InputsState;
  /** By route. */
  readonly sinks: Readonly<Record<string, Position | null>>;
  readonly counts: Counts;
  /** By rule that is paused. */
  readonly paused: Readonly<Record<string, PassedBudget>>;
  /** Absent: late events revise nothing. */
  readonly revisions?: RevisionsState;
};

export type Restored = {
  readonly content: CheckpointContent;
  /** Of the workers, oldest first. */
  readonly parts: readonly PartReference[];
  /** Oldest first. */
  readonly symbols: readonly PackedTexts[];
  /** Of recorded inputs, oldest first. */
  readonly entries: readonly InputEntry[];
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
  #plan: { readonly plan: Plan; readonly text: string } | undefined;

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
    const isNamed = (part: PartReference, name: string) => part.path.endsWith(`-${name}`);
    const piecesOf = async (name: string) => {
      const pieces: Snapshot[] = [];
      for (const part of stored.parts.filter(part => isNamed(part, name)))
        pieces.push(...(await readPart(this.#disk, part)));
      return pieces;
    };
    return {
      content: contentOf(stored.content),
      parts: stored.parts.filter(part => !isNamed(part, SYMBOLS_NAME) && !isNamed(part, ENTRIES_NAME)),
      symbols: (await piecesOf(SYMBOLS_NAME)) as PackedTexts[], // as: what SymbolLog gave
      entries: (await piecesOf(ENTRIES_NAME)) as unknown as InputEntry[], // as: what RecordedInputs gave
      passedOver: stored.passedOver,
    };
  }

  /** `takeEntries`: of recorded inputs. */
  start(
    workers: Workers,
    symbols: SymbolTable,
    takeEntries: (extent: StateExtent) => readonly InputEntry[] = () => [],
  ): StartedCheckpoint {
    const id = this.#store.nextId;
    if (this.#isChainBroken || this.#isChainLong()) this.#chain = [];
    this.#isChainBroken = false;
    const extent = this.#chain.length === 0 ? 'all' : 'changed';
    this.#symbols ??= new SymbolLog(symbols);
    const pathOf = (name: string) => this.#store.partPath(id, name);
    const entries = takeEntries(extent) as unknown as Snapshot[]; // as: plain data
    const parts = allDone([
      workers.takeParts({ checkpoint: id, pathOf: worker => pathOf(`worker-${worker}`), extent }),
      writePart(this.#disk, pathOf(SYMBOLS_NAME), [this.#symbols.take(extent)]),
      ...(entries.length === 0 ? [] : [writePart(this.#disk, pathOf(ENTRIES_NAME), entries)]),
    ]).then(([taken, ...others]) => ({ ...taken, parts: [...taken.parts, ...others] }));
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
      await this.#store.commit({ id, content: this.#packed(await content), parts: this.#chain.flat() });
      return taken;
    } catch (error) {
      this.#isChainBroken = true;
      await this.#store.abandon(id).catch(() => {}); // the first error is told
      throw error;
    }
  }

  #isChainLong(): boolean {
    const [whole = 0, ...changes] = this.#chain.map(parts => parts.reduce((sum, part) => sum + part.bytes, 0));
    const changesBytes = changes.reduce((sum, bytes) => sum + bytes, 0);
    return this.#chain.length === CHAIN_LENGTH || changesBytes > Math.max(whole / 2, MAX_CHANGES_BYTES);
  }

  /** The plan is one text, which a checkpoint costs little: as a structure, that of ten thousand rules would take a second. */
  #packed({ plan, ...content }: CheckpointContent): Snapshot {
    if (this.#plan?.plan !== plan) this.#plan = { plan, text: JSON.stringify(plan) };
    return { ...plainCopy(content), plan: this.#plan.text };
  }

  /** Where the inputs stand in the oldest checkpoint that is kept; nothing before that is needed again. */
  async covered(): Promise<Pick<CheckpointContent, 'sources' | 'inputs'> | undefined> {
    return (await this.#store.oldestKept()) as unknown as CheckpointContent | undefined; // as above
  }
}

/** What `finish` wrote: the store has checked it. */
function contentOf({ plan, ...content }: Snapshot): CheckpointContent {
  return { ...(content as unknown as Omit<CheckpointContent, 'plan'>), plan: planOf(plan) }; // as: see above
}

const SYMBOLS_NAME = 'symbols';
const ENTRIES_NAME = 'entries';

/** Of several that are under way: fails only when all are at their end, so that nothing of a checkpoint comes behind it. */
async function allDone<First, Other>(parts: [Promise<First>, ...Promise<Other>[]]): Promise<[First, ...Other[]]> {
  await Promise.allSettled(parts);
  return (await Promise.all(parts)) as [First, ...Other[]]; // as: in their order
}

/** Snapshots have no `undefined`: optional members that are not there are left out. */
function plainCopy(value: Omit<CheckpointContent, 'plan'>): Snapshot {
  return plain(value) as Snapshot;
}

function plain(value: unknown): SnapshotValue {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value as SnapshotValue; // plain data
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}
