import type { Plan, RuleNode, SelectNode } from '../../dsl/plan.ts';
import { drawnColumnsOf, type DrawnColumn, type DrawnLimit } from './drawn-columns.ts';
import { ReadColumns } from './read-columns.ts';

/** Rules beyond so many have no charts; their alerts are in the table. */
const MOST_RULES = 200;
const MOST_PANELS = 8; // of a rule
const MOST_LINES = 6; // of a panel

/** What of a plan's rows is drawn: as streams of their own, which add nothing to the plan's state. */
export type DrawnPlan = {
  /** With these streams. */
  readonly plan: Plan;
  /** How many fields each has, by its id. */
  readonly streams: ReadonlyMap<string, number>;
  /** In the plan's order. */
  readonly rules: readonly DrawnRule[];
  readonly rulesLeftOut: number;
};

export type DrawnRule = { readonly name: string; readonly panels: readonly DrawnPanel[] };

/** One chart: columns of one stream that have one unit. */
export type DrawnPanel = {
  readonly kind: DrawnColumn['kind'];
  readonly stream: string;
  readonly unit: string | null;
  readonly isDuration: boolean;
  /** `field`: its place in the stream. */
  readonly lines: readonly { readonly field: number; readonly text: string }[];
  readonly limits: readonly DrawnLimit[];
};

/** `rules`: those that are drawn; undefined: all. `version`: of several plans, which of them it is. */
export function drawnPlan(
  plan: Plan,
  { rules: wanted, version }: { readonly rules?: readonly string[]; readonly version?: string } = {},
): DrawnPlan {
  const all = plan.nodes.filter((node): node is RuleNode => node.kind === 'rule');
  const rules = all.filter(({ name }) => wanted?.includes(name) ?? true);
  const columns = new ReadColumns(plan);
  const streams = new DrawnStreams(version);
  const drawn = rules.slice(0, MOST_RULES).map(rule => ({
    name: rule.name,
    panels: panelsOf(drawnColumnsOf(rule, columns), streams),
  }));
  return {
    plan: { ...plan, nodes: [...plan.nodes, ...streams.nodes] },
    streams: new Map(streams.nodes.map(({ id, fields }) => [id, fields.length])),
    rules: drawn,
    rulesLeftOut: rules.length - drawn.length,
  };
}

/** Ids of the streams that a rule is drawn from. */
export function streamsOf({ panels }: DrawnRule): readonly string[] {
  return [...new Set(panels.map(({ stream }) => stream))];
}

/** One stream for each view, with what all rules look at there. */
class DrawnStreams {
  readonly #version: string | undefined;
  readonly #fields = new Map<string, Map<string, SelectNode['fields'][number]>>(); // by view, then by column

  constructor(version: string | undefined) {
    this.#version = version;
  }

  get nodes(): SelectNode[] {
    return [...this.#fields].map(([input, fields], at) => {
      return { kind: 'select', id: this.#nameOf(at), input, fields: [...fields.values()] };
    });
  }

  placeOf({ read: { view, column, type } }: DrawnColumn): { readonly stream: string; readonly field: number } {
    let fields = this.#fields.get(view);
    if (fields === undefined) this.#fields.set(view, (fields = new Map()));
    if (!fields.has(column)) fields.set(column, { name: `c${fields.size}`, type, column });
    const at = [...this.#fields.keys()].indexOf(view);
    return { stream: this.#nameOf(at), field: [...fields.keys()].indexOf(column) };
  }

  /** No stream of a file has a colon in its name; and no `#`, which would be of what only rules need. */
  #nameOf(at: number): string {
    return this.#version === undefined ? `report:${at}` : `report:${this.#version}:${at}`;
  }
}

/** Readings of one unit together; a score, a condition and what has no unit by itself. */
function panelsOf(columns: readonly DrawnColumn[], streams: DrawnStreams): DrawnPanel[] {
  const groups = new Map<string, DrawnColumn[]>();
  for (const column of columns) {
    const { read, kind } = column;
    const own =
      kind === 'condition' ? kind : kind === 'score' || read.unit === null ? `${kind} ${read.column}` : read.unit;
    const name = `${read.view}\n${own}`;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [column]);
    else if (group.length < MOST_LINES) group.push(column);
  }
  const kinds: readonly DrawnColumn['kind'][] = ['reading', 'score', 'condition'];
  const inOrder = [...groups.values()].sort((a, b) => kinds.indexOf(a[0]!.kind) - kinds.indexOf(b[0]!.kind)); // stable
  return inOrder.slice(0, MOST_PANELS).map(group => {
    const [{ kind, read }] = group as [DrawnColumn]; // as: no group is empty
    const lines = group.map(column => ({ text: column.read.text, place: streams.placeOf(column) }));
    return {
      kind,
      stream: lines[0]!.place.stream,
      unit: read.unit,
      isDuration: read.type === 'duration',
      lines: lines.map(({ text, place }) => ({ field: place.field, text })),
      limits: group.flatMap(({ limits }) => limits),
    };
  });
}
