import {
  addedColumns,
  type DetectorNode,
  type Expression,
  type PatternPart,
  type Plan,
  type PlanNode,
  type RuleNode,
} from '../../dsl/plan.ts';
import type { StateMatch } from '../state-identity.ts';

/**
 * How much event time has to pass until a rule sees as far back as it says, by its name: the ranges and windows that it reads
 * and that start empty, one behind the other. Rules that are not there see all of it at once. A range of events counts as nothing, since
 * nobody knows how long these take. Cost: linear in the plan.
 */
export function warmUps(match: StateMatch, plan: Plan): ReadonlyMap<string, WarmUp> {
  const warming = new WarmingNodes(({ id }) => match.nodes.get(id)?.kept === false, plan);
  const rules = plan.nodes.filter(node => node.kind === 'rule');
  return new Map(rules.map(rule => [rule.name, warming.ofRule(rule)] as const).filter(([, { us }]) => us > 0));
}

/**
 * How far a plan looks to both sides of an instant, in event time: `backUs` until rules and stored series of it that start empty see all that they
 * say, with the times for which conditions have to hold, and `aheadUs` until what an instant brings about is known. Ranges of events, and
 * windows that end with one, count as nothing. Cost: linear in the plan.
 */
export function reachOf(plan: Plan): { readonly backUs: number; readonly aheadUs: number } {
  const warming = new WarmingNodes(() => true, plan);
  const closing = new WarmingNodes(isOfPanes, plan);
  const quietUs = Math.max(
    0,
    ...plan.nodes.map(node => (node.kind === 'source' ? Math.max(node.latenessUs, node.idleUs ?? 0) : 0)),
  );
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
