import {
  addedColumns,
  columnsOf,
  type DetectorNode,
  type Expression,
  inputsOf,
  type PatternPart,
  type Plan,
  type PlanNode,
  type RuleNode,
} from '../../dsl/plan.ts';
import type { StateMatch } from '../state-identity.ts';
import type { FillPlan, NodeFill } from './fill-plan.ts';

/**
 * How much event time has to pass until a rule sees as far back as it says, by its name: the ranges and windows that it reads
 * and that start empty, one behind the other. Rules that are not there see all of it at once. A range of events counts as nothing, since
 * nobody knows how long these take. Cost: linear in the plan.
 */
export function warmUps(match: StateMatch, plan: Plan, fill?: Pick<FillPlan, 'nodes'>): ReadonlyMap<string, WarmUp> {
  const keptUs = new Map([...(fill?.nodes ?? [])].map(([id, found]) => [id, filledUs(found)])); // so much of the past each has
  const isEmpty = ({ id }: PlanNode) => match.nodes.get(id)?.kept === false && keptUs.get(id) !== Infinity;
  const warming = new WarmingNodes(isEmpty, plan);
  const rules = plan.nodes.filter(node => node.kind === 'rule');
  const leastUs = keptUs.size === 0 ? 0 : Math.min(...keptUs.values()); // 0 where some of it starts empty
  const found = rules.map(rule => {
    const { us, source } = warming.ofRule(rule);
    return [rule.name, { us: us - Math.min(us, leastUs), source }] as const;
  });
  return new Map(found.filter(([, { us }]) => us > 0));
}

/**
 * How far a plan looks to both sides of an instant, in event time: `backUs` until rules and stored series of it that start empty see all that they
 * say, with the times for which conditions have to hold, and `aheadUs` until what an instant brings about is known. Ranges of events, and
 * windows that end with one, count as nothing. Cost: linear in the plan.
 */
export function reachOf(plan: Plan): { readonly backUs: number; readonly aheadUs: number } {
  const warming = new WarmingNodes(() => true, plan);
  const closing = new WarmingNodes(isOfPanes, plan);
  const quietUs = Math.max(0, ...plan.nodes.map(quietUsOf));
  const rules = plan.nodes.filter(node => node.kind === 'rule');
  const stored = plan.nodes.filter(node => node.kind === 'store');
  const backUs = [
    ...rules.map(rule => warming.ofRule(rule).us + timersUs(rule)),
    ...stored.map(({ input }) => warming.ofStream(input)),
  ];
  const aheadUs = [
    ...rules.map(rule => closing.ofRule(rule).us),
    ...stored.map(({ input }) => closing.ofStream(input)),
  ];
  return { backUs: Math.max(0, ...backUs) + quietUs, aheadUs: Math.max(0, ...aheadUs) + quietUs };
}

/**
 * How far each node of a plan looks back, in event time, with all that it reads, where that starts empty: `warmUs` until it sees all that it
 * says, with the times for which conditions have to hold; `readUs` of the past that makes it so, which is more where time passes an event
 * later, and where it looks back over events, or learns from all of them. Cost: that of what a node reads.
 */
export function lookBacks(plan: Plan, readers: LookedUp): (node: PlanNode) => LookBack {
  const warming = new WarmingNodes(() => true, plan);
  const nodes = new Map(plan.nodes.map(node => [node.id, node]));
  return node => {
    const read = [...readers.withInputs([node])].map(id => nodes.get(id)!);
    const quietUs = Math.max(0, ...read.map(quietUsOf));
    const remembered = Math.max(0, ...read.map(each => rememberedUs(each, read)));
    if (node.kind !== 'rule') {
      const warmUs = warming.ofNode(node);
      return { warmUs, readUs: quietUs + Math.max(remembered, warmUs), judgedUs: 0 };
    }
    const inputUs = warming.ofRule(node).us;
    const learntUs = Math.max(remembered, inputUs);
    const judgedUs = Math.max(timersUs(node), Math.min(learntUs, AN_HOUR_US));
    return { warmUs: inputUs + timersUs(node), readUs: quietUs + learntUs + judgedUs, judgedUs };
  };
}

/** `judgedUs`: of a rule, for so long what it reads is warm, and its conditions are asked. */
export type LookBack = { readonly warmUs: number; readonly readUs: number; readonly judgedUs: number };

/** Infinity: as much as it looks back. */
function filledUs(fill: NodeFill): number {
  return fill.kind === 'filled' ? (fill.keepUs ?? Infinity) : 0;
}

/** Which nodes these and all that they read are. */
type LookedUp = { withInputs(nodes: readonly PlanNode[]): ReadonlySet<string> };

/** `source`: the stream whose time it is. */
export type WarmUp = { readonly us: number; readonly source: string };

class WarmingNodes {
  readonly #isEmpty: (node: PlanNode) => boolean; // starts so
  readonly #views: ReadonlyMap<string, PlanNode>;
  readonly #columns = new Map<string, PlanNode>(); // by their view and name
  readonly #known = new Map<string, number>();

  constructor(isEmpty: (node: PlanNode) => boolean, plan: Plan) {
    this.#isEmpty = isEmpty;
    this.#views = new Map(plan.nodes.map(node => [node.id, node]));
    for (const node of plan.nodes) {
      for (const name of addedColumns(node))
        this.#columns.set(`${(node as { readonly input: string }).input} ${name}`, node); // as: they read a view
    }
  }

  ofRule({ input, levels, clear, while: condition, suppress, values }: RuleNode): WarmUp {
    const names = [...levels.map(level => level.when), ...values.map(value => value.column)];
    if (suppress !== undefined) names.push(...suppress.columns.map(read => read.column));
    if (clear !== null) names.push(clear.when);
    if (condition !== null) names.push(condition.condition);
    const us = Math.max(this.#rows(input), ...names.map(name => this.#column(input, name)));
    return { us, source: this.#sourceOf(input) };
  }

  /** But for rules. */
  ofNode(node: PlanNode): number {
    if ('aggregates' in node && node.kind !== 'range') {
      return Math.max(this.#rows(node.id), ...node.aggregates.map(({ name }) => this.#column(node.id, name)));
    }
    const columns = addedColumns(node);
    if (columns.length === 0) return this.#rows(node.id);
    return Math.max(0, ...inputsOf(node).flatMap(view => columns.map(name => this.#column(view, name))));
  }

  /** Of a stream, with all of its fields. */
  ofStream(view: string): number {
    const node = this.#views.get(view);
    const fields = node?.kind === 'select' ? node.fields : [];
    return Math.max(this.#rows(view), ...fields.map(({ name }) => this.#column(view, name)));
  }

  #sourceOf(view: string): string {
    const node = this.#views.get(view);
    if (node?.kind === 'merge') return this.#sourceOf(node.inputs[0]!.input);
    return node !== undefined && 'input' in node ? this.#sourceOf(node.input) : view;
  }

  #rows(view: string): number {
    return this.#once(view, () => {
      const node = this.#views.get(view);
      switch (node?.kind) {
        case 'filter':
          return Math.max(this.#rows(node.input), this.#expression(node.condition, node.input));
        case 'tumbling-window':
        case 'hopping-window':
          return this.#rows(node.input) + (this.#isEmpty(node) ? node.sizeUs : 0);
        case 'session-window':
          return this.#rows(node.input) + (this.#isEmpty(node) ? node.gapUs : 0);
        case 'match':
          return this.#rows(node.input) + (this.#isEmpty(node) ? (node.withinUs ?? 0) + longestAbsence(node.root) : 0);
        case 'interval-join':
        case 'latest-join':
          return this.#rows(node.input);
        case 'merge':
          return Math.max(...node.inputs.map(({ input }) => this.#rows(input)));
        case 'silence':
          return this.#isEmpty(node) ? node.forUs : 0;
        case 'select':
        case 'rekey':
        case 'side':
        case 'alerts':
        case 'state-window':
        case 'count-window':
          return this.#rows(node.input);
        default:
          return 0;
      }
    });
  }

  #column(view: string, name: string): number {
    return this.#once(`${view} ${name}`, () => {
      const made = this.#columns.get(`${view} ${name}`);
      switch (made?.kind) {
        case 'compute':
          return this.#expression(made.expression, view);
        case 'history':
          return Math.max(this.#isEmpty(made) ? (made.us ?? 0) : 0, this.#column(view, made.argument));
        case 'detector': {
          const own = this.#isEmpty(made) ? lookBackOf(made) : 0;
          return own + Math.max(this.#rows(view), ...made.arguments.map(column => this.#column(view, column)));
        }
        case 'lookup':
          return Math.max(0, ...made.key.map(column => this.#column(view, column)));
        case 'range': {
          const own = 'us' in made.range && this.#isEmpty(made) ? made.range.us : 0;
          const names = made.aggregates.flatMap(aggregate => aggregate.arguments);
          return own + Math.max(this.#rows(view), ...names.map(column => this.#column(view, column)));
        }
      }
      const node = this.#views.get(view);
      switch (node?.kind) {
        case 'filter':
        case 'rekey':
          return this.#column(node.input, name);
        case 'interval-join':
        case 'latest-join':
          return this.#column(node.input, node.fields.find(field => field.name === name)?.column ?? name);
        case 'merge': {
          const from = node.inputs.find(({ columns }) => columns.some(column => column.name === name));
          const column = from?.columns.find(each => each.name === name)?.column;
          return from === undefined || column === undefined ? 0 : this.#column(from.input, column);
        }
        case 'select': {
          const column = node.fields.find(field => field.name === name)?.column;
          return column === undefined ? 0 : this.#column(node.input, column);
        }
        case 'tumbling-window':
        case 'hopping-window':
        case 'session-window':
        case 'state-window':
        case 'count-window': {
          const aggregate = node.aggregates.find(each => each.name === name);
          return Math.max(0, ...(aggregate?.arguments ?? []).map(column => this.#column(node.input, column)));
        }
        case 'match': {
          const column = node.values.find(value => value.name === name)?.column ?? null;
          return column === null ? 0 : this.#column(node.input, column);
        }
        default:
          return 0;
      }
    });
  }

  #expression(expression: Expression, view: string): number {
    let longestUs = 0;
    JSON.stringify(expression, (member, value: unknown) => {
      if (member === 'column' && typeof value === 'string') longestUs = Math.max(longestUs, this.#column(view, value));
      return value;
    });
    return longestUs;
  }

  #once(name: string, compute: () => number): number {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const us = compute();
    this.#known.set(name, us);
    return us;
  }
}

function isOfPanes({ kind }: PlanNode): boolean {
  return kind === 'tumbling-window' || kind === 'hopping-window' || kind === 'session-window';
}

/** Before that its own time has passed an event. */
function quietUsOf(node: PlanNode): number {
  return node.kind === 'source' ? Math.max(node.latenessUs, node.idleUs ?? 0) : 0;
}

/** Of what counts events, or learns from all of them; 0: the range says it. `others`: what is read with it. */
function rememberedUs(node: PlanNode, others: readonly PlanNode[]): number {
  switch (node.kind) {
    case 'range':
      return 'us' in node.range ? 0 : A_DAY_US;
    case 'history':
      return node.function === 'since' ? A_DAY_US : AN_HOUR_US;
    case 'count-window':
      return A_DAY_US;
    case 'session-window':
    case 'state-window':
      return node.maxUs ?? A_DAY_US;
    case 'detector': {
      const isBounded = node.range !== undefined && 'us' in node.range;
      return Math.max(isBounded ? 0 : A_DAY_US, node.adaptUs ?? 0, rarityUs(node, others));
    }
    default:
      return 0;
  }
}

/** Of `rarer than 1 per 30d`: what is asked of how long it takes until a reading is as rare. */
function rarityUs({ outputs }: DetectorNode, others: readonly PlanNode[]): number {
  const periods = outputs.filter(output => output.of === 'period').map(({ name }) => name);
  if (periods.length === 0) return 0;
  let longestUs = 0;
  for (const node of others) {
    if (node.kind !== 'compute' || !columnsOf(node.expression).some(column => periods.includes(column))) continue;
    JSON.stringify(node.expression, (member, value: unknown) => {
      if (member === 'value' && typeof value === 'number') longestUs = Math.max(longestUs, value);
      return value;
    });
  }
  return longestUs;
}

/** How long conditions have to hold, or what they say lasts. */
function timersUs({ levels, clear, clearAfterUs, while: condition, cooldownUs }: RuleNode): number {
  const longestUs = Math.max(0, ...levels.map(({ forUs }) => forUs));
  return longestUs + (clear?.forUs ?? 0) + (clearAfterUs ?? 0) + (condition?.settleUs ?? 0) + cooldownUs;
}

/** One in front of a pattern looks back to before the match. */
function longestAbsence(part: PatternPart): number {
  if (part.kind === 'absence') return part.forUs;
  return part.kind === 'event' ? 0 : Math.max(...part.parts.map(longestAbsence));
}

/** Its range, and the two periods in which it learns a season. */
function lookBackOf(node: DetectorNode): number {
  const rangeUs = node.range !== undefined && 'us' in node.range ? node.range.us : 0;
  return rangeUs + 2 * seasonOf(node);
}

/** 0: it has none. */
function seasonOf({ detector, parameters }: DetectorNode): number {
  if (detector === 'seasonal' || detector === 'holt_winters') return parameters[0]!;
  return detector === 'forecast' ? parameters[2]! : 0;
}

/** Where nothing says how much of the past matters. */
const A_DAY_US = 86_400_000_000;
/** Of the last few events. */
const AN_HOUR_US = 3_600_000_000;
