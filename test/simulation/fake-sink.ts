import type { Plan } from '../../dsl/plan.ts';
import type { Position, Sink, SinkInput } from '../../engine/connector.ts';
import { MillraceError } from '../../engine/errors.ts';
import { type Output, OutputRecord } from '../../engine/scenario/output-record.ts';
import { type Named, namedIn } from './named.ts';
import type { Temper } from './temper.ts';
import type { Actor } from './world.ts';

/** What a sink holds, which outlives the processes that write to it. Only what is meant is looked at. */
export class SinkStore {
  readonly record = new OutputRecord();
  readonly #isMeant: Named;
  readonly #positions = new Map<number, ReadonlyMap<string, number>>(); // by number of outputs held
  #length = 0;

  constructor(isMeant: Named) {
    this.#isMeant = isMeant;
  }

  get length(): number {
    return this.#length;
  }

  add(output: Output): void {
    if (this.#isMeant(output)) this.record.add(output);
    this.#length++;
  }

  /** Where it stands now. */
  mark(): number {
    this.#positions.set(this.#length, this.record.position());
    return this.#length;
  }

  /** Lets go of what came behind a mark. */
  cut(length: number): void {
    const position = this.#positions.get(length);
    if (position === undefined || length > this.#length) {
      throw new Error(`the sink holds ${this.#length} outputs, and is to go on behind ${length}`);
    }
    this.record.rewind(position);
    this.#length = length;
  }
}

/** One for each address in memory that the rules write to. */
export function createStores(plan: Plan): ReadonlyMap<string, SinkStore> {
  const isNamed = namedIn(plan);
  const targets = plan.nodes.flatMap(node => (node.kind === 'route' ? [node.target] : []));
  const inMemory = targets.filter(target => target.connector === 'memory');
  return new Map(inMemory.map(target => [target.address!, new SinkStore(isNamed)])); // these have an address
}

export type FakeSinkOptions = {
  readonly store: SinkStore;
  readonly actor: Actor;
  readonly temper: Temper;
  /** Whether the next write fails, to be tried again. */
  readonly isFailing: () => boolean;
};

/**
 * A slow sink that fails now and then, and then what is under way behind it fails as well. A restored one goes on where the checkpoint
 * says, as a file is cut there.
 */
export class FakeSink implements Sink {
  readonly maxInFlight = 3;
  readonly #options: FakeSinkOptions;
  #newest: Promise<void> | null = null; // of the writes under way

  constructor(options: FakeSinkOptions, position: Position | null) {
    this.#options = options;
    if (position !== null) options.store.cut(Number(position['length']));
  }

  async write(input: SinkInput): Promise<void> {
    const own = this.#writeBehind(this.#newest, input);
    this.#newest = own;
    try {
      await own;
    } finally {
      if (this.#newest === own) this.#newest = null;
    }
  }

  async #writeBehind(before: Promise<void> | null, input: SinkInput): Promise<void> {
    await before;
    const { store, actor, temper, isFailing } = this.#options;
    await actor.step(`writes ${input.kind}`, temper.delayMs('sink'));
    if (isFailing()) {
      throw new MillraceError('MR5012', 'the sink takes nothing now', { domain: 'external', retry: 'backoff' });
    }
    for (const output of outputsOf(input)) store.add(output);
  }

  async position(): Promise<Position> {
    const { store, actor, temper } = this.#options;
    await actor.step('says where it stands', temper.delayMs('sink'));
    return { length: store.mark() };
  }

  async close(): Promise<void> {}
}

function outputsOf(input: SinkInput): Output[] {
  if (input.kind === 'alerts') return input.changes.map(alert => ({ kind: 'alert', name: alert.rule, alert }));
  const { rows, stream } = input.batch;
  return rows.map(row => ({ kind: 'row', name: stream, row }));
}
