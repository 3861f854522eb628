import type { Plan } from '../../dsl/plan.ts';
import type { Dropped } from '../operator.ts';
import type { JobWarning } from './job-options.ts';

/** What was dropped of what waits: of each pattern and join the first is told, and all are counted. */
export class FullPatterns {
  readonly #onFirst: (warning: JobWarning) => void;
  readonly #counts: Map<string, number>; // by the stream or the rule that it is of

  constructor(plan: Plan, onFirst: (warning: JobWarning) => void) {
    this.#onFirst = onFirst;
    const bounded = plan.nodes.filter(({ kind }) => kind === 'match' || kind === 'interval-join');
    this.#counts = new Map(bounded.map(node => [nameOf(node.id), 0]));
  }

  take(dropped: Dropped): void {
    const name = nameOf(dropped.node);
    const before = this.#counts.get(name)!;
    this.#counts.set(name, before + dropped.count);
    if (before === 0) this.#onFirst(warningOf(name, dropped));
  }

  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

function nameOf(nodeId: string): string {
  return nodeId.replace(/#.*$/s, '').replace(/^rule:/, '');
}

function warningOf(name: string, { of, key, timeUs, max }: Dropped): JobWarning {
  const values = Object.entries(key).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  const whose = values.length === 0 ? '' : ` of ${values.join(', ')}`;
  const { code, what, hint } = TOLD[of];
  const at = new Date(timeUs / 1000).toISOString();
  return {
    code,
    message: `${name}: more than ${max.toLocaleString('en')} ${what(whose)}, at ${at}; the oldest was dropped`,
    hint: `${hint}; further ones are counted`,
  };
}

const TOLD = {
  matches: {
    code: 'MR4040',
    what: (whose: string) => `matches${whose} have begun and are not complete`,
    hint: 'let fewer events begin a match, each be over sooner (`within`), or more of them wait (`max 5000 partial`)',
  },
  rows: {
    code: 'MR4028',
    what: (whose: string) => `rows${whose} wait for partners`,
    hint: 'join within a shorter time, or fewer events: a window in front of the join has one row for many',
  },
} as const satisfies Record<Dropped['of'], unknown>;
