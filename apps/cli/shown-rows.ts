import type { Plan, RouteNode } from '../../dsl/plan.ts';
import type { OutputRow, RowBatch } from '../../engine/connector.ts';
import { passesRoute } from '../../engine/runtime/route-sinks.ts';
import { CommandLineError } from './command-line-error.ts';

/** Which rows a run shows: those of streams named by `--print`, and what routes let through to `log`. */
export class ShownRows {
  readonly #printed: ReadonlySet<string>;
  readonly #routes: readonly RouteNode[];

  constructor(plan: Plan, printed: readonly string[]) {
    for (const name of printed) requireStream(name, plan);
    this.#printed = new Set(printed);
    const routes = plan.nodes.filter(node => node.kind === 'route');
    this.#routes = routes.filter(route => route.target.connector === 'log' && route.input !== 'alerts');
  }

  get streams(): string[] {
    return [...new Set([...this.#printed, ...this.#routes.map(route => route.input)])];
  }

  of(batch: RowBatch): readonly OutputRow[] {
    if (this.#printed.has(batch.stream)) return batch.rows;
    const routes = this.#routes.filter(route => route.input === batch.stream);
    if (routes.length === 0) return [];
    if (routes.some(route => route.condition === null)) return batch.rows;
    return batch.rows.filter(row => routes.some(route => passesRoute(route, row)));
  }
}

function requireStream(name: string, plan: Plan): void {
  const streams = plan.nodes.map(node => node.id).filter(id => /^\w+$/.test(id));
  if (streams.includes(name)) return;
  const hint = `the streams are ${streams.join(', ')}`;
  throw new CommandLineError('MR7003', `--print names ${name}, and there is no such stream`, hint);
}
