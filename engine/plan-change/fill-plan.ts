import type { Field, Plan, PlanNode, SelectNode, SourceNode } from '../../dsl/plan.ts';
import { PlanReaders } from '../runtime/workers/plan-readers.ts';
import type { StateMatch } from '../state-identity.ts';
import { type LookBack, lookBacks } from './warm-up.ts';

/** Which nodes that start empty can be filled from the raw series that are stored, and what has to be run over these for it. */
export type FillPlan = {
  /** By id, of each node that starts empty. */
  readonly nodes: ReadonlyMap<string, NodeFill>;
  /** Those that are filled, with all that they read; without any node: nothing is filled. */
  readonly plan: Plan;
  /** So much event time before the present it looks back. */
  readonly backUs: number;
};

export type NodeFill =
  /** `keepUs`: the streams are kept for so long, which may be less; null: for longer. */
  | {
      readonly kind: 'filled';
      readonly streams: readonly string[];
      readonly backUs: number;
      readonly keepUs: number | null;
      /** Of a rule: it is asked for so long before the present, with what it reads seeing all that it says. */
      readonly judgedUs: number;
    }
  /** `warmUs`: until it sees all that it says. */
  | { readonly kind: 'not-filled'; readonly obstacle: FillObstacle; readonly warmUs: number };

export type FillObstacle =
  /** What it is of is counted from when it came, or is not stored. */
  | { readonly kind: 'own' }
  /** A stream that it reads starts empty itself. */
  | { readonly kind: 'new-stream'; readonly stream: string }
  | { readonly kind: 'not-stored'; readonly stream: string }
  /** What is stored of the field is of another declaration. */
  | { readonly kind: 'field'; readonly stream: string; readonly field: string };

export type FillPlanOptions = {
  /** The rules that ran, and those that are to run. */
  readonly stored: Plan;
  readonly next: Plan;
  /** Default: those that the stored plan stores. */
  readonly isStored?: (stream: string) => boolean;
  /** Rules, by name, that do not run. */
  readonly paused?: readonly string[];
};

/** Meaning: docs/history.md. Cost: linear in the nodes that start empty, and what each reads. */
export function fillPlan(match: StateMatch, options: FillPlanOptions): FillPlan {
  return new Filling(match, options).plan();
}

class Filling {
  readonly #match: StateMatch;
  readonly #next: Plan;
  readonly #readers: PlanReaders;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #storedSources: ReadonlyMap<string, SourceNode>;
  readonly #keepUs: ReadonlyMap<string, number | null>; // by stream that the stored plan stores
  readonly #isStored: (stream: string) => boolean;
  readonly #paused: ReadonlySet<string>;
  readonly #lookBack: (node: PlanNode) => LookBack;

  constructor(match: StateMatch, { stored, next, isStored, paused = [] }: FillPlanOptions) {
    this.#match = match;
    this.#next = next;
    this.#readers = new PlanReaders(next);
    this.#nodes = new Map(next.nodes.map(node => [node.id, node]));
    this.#storedSources = new Map(stored.nodes.flatMap(node => (node.kind === 'source' ? [[node.id, node]] : [])));
    this.#keepUs = new Map(
      stored.nodes.flatMap(node => (node.kind === 'store' ? [[node.input, node.keepUs] as const] : [])),
    );
    this.#isStored = isStored ?? (stream => this.#keepUs.has(stream));
    this.#paused = new Set(paused);
    this.#lookBack = lookBacks(next, this.#readers);
  }

  plan(): FillPlan {
    const nodes = new Map<string, NodeFill>();
    for (const { id, kept } of this.#match.nodes.values()) if (!kept) nodes.set(id, this.#fillOf(this.#nodes.get(id)!));
    const filled = [...nodes].flatMap(([id, fill]) => (fill.kind === 'filled' ? [{ id, ...fill }] : []));
    const needed = this.#readers.withInputs(filled.map(({ id }) => this.#nodes.get(id)!));
    const shown = filled.flatMap(({ id }, place) => shownBy(this.#nodes.get(id)!, place));
    return {
      nodes,
      plan: { ...this.#next, nodes: [...this.#next.nodes.filter(({ id }) => needed.has(id)), ...shown] },
      backUs: Math.max(0, ...filled.map(({ backUs }) => backUs)),
    };
  }

  #fillOf(node: PlanNode): NodeFill {
    const read = [...this.#readers.withInputs([node])].map(id => this.#nodes.get(id)!);
    const { readUs: backUs, warmUs, judgedUs } = this.#lookBack(node);
    const sources = read.filter(each => each.kind === 'source');
    const obstacle = this.#ownObstacle(node, read) ?? this.#obstacleIn(sources, read);
    if (obstacle !== null) return { kind: 'not-filled', obstacle, warmUs };
    const keptUs = Math.min(...sources.map(({ id }) => this.#keepUs.get(id) ?? Infinity));
    const keepUs = keptUs < backUs ? keptUs : null;
    return { kind: 'filled', streams: sources.map(({ id }) => id), backUs, keepUs, judgedUs };
  }

  #ownObstacle(node: PlanNode, read: readonly PlanNode[]): FillObstacle | null {
    const isOwn = read.some(({ kind }) => NOT_OF_THE_PAST.has(kind));
    const isPaused = node.kind === 'rule' && this.#paused.has(node.name);
    const isSuppressed = node.kind === 'rule' && node.suppress !== undefined;
    return node.kind === 'source' || isOwn || isPaused || isSuppressed ? { kind: 'own' } : null;
  }

  #obstacleIn(sources: readonly SourceNode[], read: readonly PlanNode[]): FillObstacle | null {
    for (const source of sources) {
      const stream = source.id;
      const found = this.#match.nodes.get(stream);
      if (found?.kept !== true || found.from !== stream) return { kind: 'new-stream', stream };
      if (!this.#isStored(stream)) return { kind: 'not-stored', stream };
      const field = this.#changedField(source, read);
      if (field !== null) return { kind: 'field', stream, field };
    }
    return null;
  }

  /** One that is read, and that the stored series may have by another declaration. Names of fields stand nowhere for anything else. */
  #changedField(source: SourceNode, read: readonly PlanNode[]): string | null {
    const before = new Map(this.#storedSources.get(source.id)!.fields.map(field => [field.name, declarationOf(field)]));
    const changed = source.fields.filter(field => before.get(field.name) !== declarationOf(field));
    if (changed.length === 0) return null;
    const texts = new Set<string>();
    for (const node of read) if (node.kind !== 'source' && node.kind !== 'table') addTexts(node, texts);
    return changed.find(({ name }) => texts.has(name))?.name ?? null;
  }
}

/** Silence is counted from when the rule came (MEANING.md 24); of alerts and of what was left aside there is no series of its own. */
const NOT_OF_THE_PAST: ReadonlySet<PlanNode['kind']> = new Set(['silence', 'alerts', 'side']);

/** A stream with a name that reads the node, since what serves none is not run. */
function shownBy(node: PlanNode, place: number): readonly SelectNode[] {
  const id = `filled ${place}`;
  switch (node.kind) {
    case 'rule':
      return [];
    case 'range':
      return [{ kind: 'select', id, input: node.input, fields: node.aggregates.map(columnOf) }];
    case 'detector':
      return [{ kind: 'select', id, input: node.input, fields: node.outputs.map(columnOf) }];
    case 'history':
      return [{ kind: 'select', id, input: node.input, fields: [columnOf({ name: node.id, type: node.type })] }];
    default:
      return [{ kind: 'select', id, input: node.id, fields: [] }];
  }
}

function columnOf({ name, type }: Pick<Field, 'name' | 'type'>, place = 0): SelectNode['fields'][number] {
  return { name: `value_${place}`, type, column: name };
}

function declarationOf({ isNeeded: _, ...field }: SourceNode['fields'][number]): string {
  return JSON.stringify(field);
}

function addTexts(value: unknown, texts: Set<string>): void {
  if (typeof value === 'string') texts.add(value);
  else if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) addTexts(part, texts);
}
