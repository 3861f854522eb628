import { parse } from 'node:path';
import type { Plan, PlanNode, RouteNode } from '../../../dsl/plan.ts';
import type { Connector, Sink } from '../../../engine/connector.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import { AlertLog, HISTORICAL_ALERT_LOG } from '../../../engine/runtime/alert-log.ts';
import type { JobWarning } from '../../../engine/runtime/job.ts';
import { createNodePlatform } from '../../../engine/runtime/node-platform.ts';
import { RouteSinks } from '../../../engine/runtime/route-sinks.ts';
import { CommandLineError } from '../command-line-error.ts';
import { refusedWarning } from './into-series.ts';

/** Publishes historical alerts beside the live ones, never among them: subjects, files and a table of their own. */
export class AlertWriter {
  readonly #routes: RouteSinks;
  readonly #log: Sink | null;
  /** Where they go. */
  readonly places: readonly string[];

  private constructor(options: {
    readonly routes: RouteSinks;
    readonly log: Sink | null;
    readonly places: readonly string[];
  }) {
    this.#routes = options.routes;
    this.#log = options.log;
    this.places = options.places;
  }

  /** Errors: MR7345 there is no place for them, and those of the connectors. */
  static async open(
    plan: Plan,
    options: {
      readonly connectors: ReadonlyMap<string, Connector>;
      readonly store: Connector | null;
      readonly onWarning: (warning: JobWarning) => void;
      readonly signal: AbortSignal;
    },
  ): Promise<AlertWriter> {
    const { connectors, store, onWarning, signal } = options;
    const historical = historicalRoutes(plan);
    const hasLog = store?.hasAlertLog === true;
    const routed = historical.nodes.flatMap(node => (node.kind === 'route' ? [placeOf(node)] : []));
    const places = [...new Set([...routed, ...(hasLog ? [`the table ${HISTORICAL_ALERT_LOG.stream}`] : [])])];
    if (places.length === 0) throw noPlace();
    const routes = await RouteSinks.open({
      plan: historical,
      connectors,
      clock: createNodePlatform().clock,
      positions: {},
      isShown: () => false,
      onWaiting: ({ code, message }) => onWarning({ code, message }),
      signal,
    });
    const log = hasLog ? await openLog(store, onWarning) : null;
    return new AlertWriter({ routes, log, places });
  }

  /** Resolves when all is acknowledged. */
  async write(changes: readonly AlertChange[]): Promise<void> {
    for (const change of changes) this.#routes.addAlert(change);
    await this.#routes.write(null);
    await this.#log?.write({ kind: 'alerts', changes });
  }

  async close(): Promise<void> {
    await this.#log?.close();
    await this.#routes.close();
  }
}

/** Routes of alerts, each to its place of history; those to the terminal are what the report shows. */
export function historicalRoutes(plan: Plan): Plan {
  const nodes = plan.nodes.flatMap((node): readonly PlanNode[] => {
    if (node.kind === 'rule') return [node]; // its labels may stand in an address
    if (node.kind !== 'route' || node.input !== 'alerts') return [];
    const address = historicalAddress(node.target);
    return address === null ? [] : [{ ...node, target: { ...node.target, address } }];
  });
  return { ...plan, nodes };
}

function historicalAddress({ connector, address }: RouteNode['target']): string | null {
  if (address === null) return null;
  if (connector === 'nats') return `history.${address}`;
  if (connector !== 'file') return null;
  const { dir, name, ext } = parse(address);
  return `${dir === '' ? '' : `${dir}/`}${name}.history${ext}`;
}

function placeOf({ target }: RouteNode): string {
  return `${target.connector} ${target.address}`;
}

async function openLog(store: Connector, onWarning: (warning: JobWarning) => void): Promise<Sink> {
  const sink = await store.openStore!({
    series: HISTORICAL_ALERT_LOG,
    position: null,
    nowUs: () => Date.now() * 1_000,
    onRefused: refusal => onWarning(refusedWarning(refusal)),
    onNotice: onWarning,
  });
  return new AlertLog(sink, HISTORICAL_ALERT_LOG);
}

function noPlace(): CommandLineError {
  return new CommandLineError(
    'MR7345',
    'there is no place for historical alerts',
    'a route of alerts to nats or to a file has one, and so has a DuckDB store: --store duckdb',
  );
}
