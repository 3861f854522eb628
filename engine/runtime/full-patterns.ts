import type { Plan } from '../../dsl/plan.ts';
import type { DroppedMatches } from '../operator.ts';
import type { JobWarning } from './job-options.ts';

/** Partial matches that were dropped: of each pattern the first is told, and all are counted. */
export class FullPatterns {
  readonly #onFirst: (warning: JobWarning) => void;
  readonly #counts: Map<string, number>; // by the stream or the rule that the pattern is of

  constructor(plan: Plan, onFirst: (warning: JobWarning) => void) {
    this.#onFirst = onFirst;
    this.#counts = new Map(plan.nodes.flatMap(node => (node.kind === 'match' ? [[nameOf(node.id), 0] as const] : [])));
  }

  take(dropped: DroppedMatches): void {
    const name = nameOf(dropped.pattern);
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

function warningOf(name: string, { key, timeUs, maxPartial }: DroppedMatches): JobWarning {
  const of = Object.entries(key).map(([field, value]) => `${field} ${JSON.stringify(value)}`);
  const whose = of.length === 0 ? '' : ` of ${of.join(', ')}`;
  return {
    code: 'MR4040',
    message:
      `${name}: more than ${maxPartial.toLocaleString('en')} matches${whose} have begun and are not complete, ` +
      `at ${new Date(timeUs / 1000).toISOString()}; the oldest was dropped`,
    hint: 'let fewer events begin a match, or each be over sooner (`within`); further ones are counted',
  };
}
