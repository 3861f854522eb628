import type { Plan, RouteNode } from '../../dsl/plan.ts';
import type { Rejection, Scalar } from '../batch.ts';
import type {
  Connector,
  OutputRow,
  Position,
  RowBatch,
  Series,
  Sink,
  SinkInput,
  SinkOptions,
  StoreRefusal,
} from '../connector.ts';
import { MillraceError } from '../errors.ts';
import { interpret } from '../expression/interpret.ts';
import type { AlertChange } from '../operator.ts';
import { ALERT_LOG, AlertLog } from './alert-log.ts';
import type { SinkMetrics } from './metrics/job-metrics.ts';
import type { Clock } from './platform.ts';
import { RejectedRows } from './rejected-rows.ts';
import type { RowShape } from './row-batch.ts';
import { SinkQueue } from './sink-queue.ts';
import { SinkTroubles } from './sink-troubles.ts';
import type { RoundTrace } from './trace/tracer.ts';
import { storedSeries } from './stored-series.ts';
import { createAlertCondition } from '../operators/rule/alert-condition.ts';

/**
 * Where the routes and stored series of a plan lead: one sink for each series, and one for each target of routes, also
 * where several lead there. Outputs are collected
 * while a round is delivered, and handed to the sinks behind it: what waits there is bounded by what the rounds give that are
 * under way.
 */
export class RouteSinks {
  readonly #clock: Clock;
  readonly #troubles: SinkTroubles;
  readonly #signal: AbortSignal;
  readonly #targets: OpenTarget[] = [];
  readonly #rejected = new Map<string, RejectedRows>(); // by stream

  private constructor(options: {
    readonly clock: Clock;
    readonly troubles: SinkTroubles;
    readonly signal: AbortSignal;
  }) {
    this.#clock = options.clock;
    this.#troubles = options.troubles;
    this.#signal = options.signal;
  }

  /** Opens the sinks of all routes but those that `isShown` keeps for the program itself. */
  static async open(options: {
    readonly plan: Plan;
    readonly connectors: ReadonlyMap<string, Connector>;
    readonly clock: Clock;
    /** By target. */
    readonly positions: Readonly<Record<string, Position | null>>;
    readonly isShown: (node: RouteNode) => boolean;
    /** A write is tried again until it is taken; said once for all that wait for the same. */
    readonly onWaiting: (error: MillraceError) => void;
    /** Of all sinks, one of each cause. */
    readonly onWaitingChanged?: (causes: readonly MillraceError[]) => void;
    /** No write is repeated when it has aborted. */
    readonly signal: AbortSignal;
  }): Promise<RouteSinks> {
    const { plan, connectors, clock, positions, isShown, onWaiting, onWaitingChanged, signal } = options;
    const troubles = new SinkTroubles({ onBegin: onWaiting, onChanged: onWaitingChanged });
    const sinks = new RouteSinks({ clock, troubles, signal });
    const labels = new Map(
      plan.nodes.flatMap(node => (node.kind === 'rule' ? [[node.name, node.labels] as const] : [])),
    );
    const labelsOf = (rule: string) => labels.get(rule) ?? {};
    const nodes = plan.nodes.filter(node => node.kind === 'route' && !isShown(node)) as RouteNode[]; // as: by their kind
    try {
      for (const [name, ofTarget] of byTarget(nodes)) {
        const position = positions[name] ?? null;
        const sink = await openSink(ofTarget[0]!, connectors, { position, labelsOf });
        const routes = ofTarget.map(node => {
          const passes = createAlertCondition(node.condition, labelsOf);
          return { input: node.input, node, passes, rows: [], alerts: [] };
        });
        sinks.#targets.push({ name, sink, queue: sinks.#queueOf(name, sink), isNew: position === null, routes });
      }
    } catch (error) {
      await sinks.close().catch(() => {}); // the first error is told
      throw error;
    }
    return sinks;
  }

  /** Of the streams whose rows are routed, and, where there is a store, of the series that are stored. */
  static streamsOf(plan: Plan, { hasStore }: { readonly hasStore: boolean }): string[] {
    return plan.nodes.flatMap(node => {
      if (node.kind === 'route') return node.input === 'alerts' ? [] : [node.input];
      return hasStore && node.kind === 'store' ? [node.id] : [];
    });
  }

  /** Opens a sink for each series that the plan stores, and one for the log of its alerts; before the first output. */
  async openStores(options: {
    readonly plan: Plan;
    readonly store: Connector;
    /** By store node. */
    readonly shapes: Readonly<Record<string, RowShape>>;
    /** By name of the stored series. */
    readonly positions: Readonly<Record<string, Position | null>>;
    readonly onRefused: (refusal: StoreRefusal) => void;
    readonly onNotice: (notice: { readonly code: string; readonly message: string }) => void;
  }): Promise<void> {
    const { plan, store, shapes, positions, onRefused, onNotice } = options;
    const nowUs = () => this.#clock.nowUs();
    const open = async (name: string, series: Series) => {
      const position = positions[name] ?? null;
      const countRefused = (refusal: StoreRefusal) => {
        queue.meter.refused(refusal.code, refusal.count);
        onRefused(refusal);
      };
      const opened = await store.openStore!({ series, position, nowUs, onRefused: countRefused, onNotice });
      const sink = name === ALERT_LOG_NAME ? new AlertLog(opened) : opened;
      const queue = this.#queueOf(name, sink);
      return { name, sink, queue, isNew: position === null };
    };
    if (store.hasAlertLog === true && plan.nodes.some(node => node.kind === 'rule')) {
      const opened = await open(ALERT_LOG_NAME, ALERT_LOG);
      const route = { input: 'alerts', node: null, passes: () => true, rows: [], alerts: [] };
      this.#targets.push({ ...opened, routes: [route] });
    }
    for (const { name, stream, series } of storedSeries(plan, node => shapes[node]!)) {
      const opened = await open(name, series);
      const route = { input: name, node: null, passes: () => false, rows: [], alerts: [] };
      this.#targets.push({ ...opened, routes: [route] });
      if (series.kind === 'rejected') this.#rejected.set(stream, new RejectedRows(name, series));
    }
  }

  /** Whether some sink has no position in a checkpoint yet. */
  get hasNew(): boolean {
    return this.#targets.some(target => target.isNew);
  }

  addRows(batch: RowBatch): void {
    for (const { routes } of this.#targets) {
      for (const route of routes) {
        if (route.input === batch.stream) route.rows.push(route.node === null ? batch : filterRows(batch, route.node));
      }
    }
  }

  /** Rows of the series of what stored sources reject. */
  addRejections(rejections: readonly Rejection[]): void {
    if (this.#rejected.size === 0 || rejections.length === 0) return;
    for (const [stream, ofStream] of Map.groupBy(rejections, rejection => rejection.stream)) {
      const rows = this.#rejected.get(stream);
      if (rows !== undefined) this.addRows(rows.take(ofStream));
    }
  }

  addAlert(change: AlertChange): void {
    if (isHidden(change)) return;
    for (const { routes } of this.#targets) {
      for (const route of routes) if (route.input === 'alerts' && route.passes(change)) route.alerts.push(change);
    }
  }

  /** Hands over everything that was added, before it returns; resolves when that is acknowledged. */
  async write(trace: RoundTrace | null): Promise<void> {
    await Promise.all(this.#targets.map(target => writeTarget(target, trace)));
  }

  metrics(): Record<string, SinkMetrics> {
    return Object.fromEntries(
      this.#targets.map(({ name, queue, routes }) => {
        const waiting = routes.reduce((sum, route) => sum + waitingIn(route), 0);
        return [name, queue.metrics({ waiting })];
      }),
    );
  }

  /** All at once: a sink may have a file to sync. */
  async positions(): Promise<Record<string, Position | null>> {
    const positions = this.#targets.map(async ({ name, sink }) => [name, await sink.position()] as const);
    return Object.fromEntries(await Promise.all(positions));
  }

  #queueOf(name: string, sink: Sink): SinkQueue {
    return new SinkQueue({ name, sink, clock: this.#clock, troubles: this.#troubles, signal: this.#signal });
  }

  /** All of them, whatever fails on the way. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#targets.map(({ sink }) => sink.close()));
    for (const result of closed) if (result.status === 'rejected') throw result.reason;
  }
}

/** Under which a checkpoint knows it; no target of a route is called so. */
const ALERT_LOG_NAME = 'stored:alerts';

type OpenTarget = {
  readonly name: string;
  readonly sink: Sink;
  readonly isNew: boolean;
  readonly queue: SinkQueue;
  readonly routes: readonly OpenRoute[];
};

type OpenRoute = {
  /** Whose rows it takes; `alerts`: their changes. */
  readonly input: string;
  readonly node: RouteNode | null; // null: a stored series, or the log of alerts
  readonly passes: (change: AlertChange) => boolean;
  rows: RowBatch[];
  alerts: AlertChange[];
};

/**
 * Routes by the name under which a checkpoint knows their target: connector and address, whatever the order of the
 * routes, and whatever the streams are called. Of equal ones in several folders the later ones have a number.
 */
function byTarget(routes: readonly RouteNode[]): Map<string, RouteNode[]> {
  const groups = Map.groupBy(routes, ({ target }) =>
    JSON.stringify([target.connector, target.directory, target.address]),
  );
  const named = new Map<string, RouteNode[]>();
  for (const group of groups.values()) {
    const { connector, address } = group[0]!.target;
    const name = address === null ? connector : `${connector} ${address}`;
    let free = name;
    for (let number = 2; named.has(free); number++) free = `${name} (${number})`;
    named.set(free, group);
  }
  return named;
}

async function openSink(
  node: RouteNode,
  connectors: ReadonlyMap<string, Connector>,
  options: Omit<SinkOptions, 'target'>,
): Promise<Sink> {
  const connector = connectors.get(node.target.connector);
  if (connector?.openSink === undefined) {
    throw new MillraceError('MR8099', `routes to ${node.target.connector} are not in this version yet`, {
      hint: 'route to log or to file',
    });
  }
  return await connector.openSink({ target: node.target, ...options });
}

/** Whether a row passes the `where` of a route of its stream. */
export function passesRoute({ condition }: RouteNode, row: OutputRow): boolean {
  return condition === null || interpret(condition, name => rowField(row, name)) === true;
}

function filterRows(batch: RowBatch, node: RouteNode): RowBatch {
  if (node.condition === null) return batch;
  const rows = batch.rows.filter(row => passesRoute(node, row));
  return { stream: batch.stream, fields: batch.fields, length: rows.length, rows };
}

function rowField(row: OutputRow, name: string): Scalar {
  if (Object.hasOwn(row.values, name)) return row.values[name]!;
  if (Object.hasOwn(row.key, name)) return row.key[name]!;
  return name === 'time' ? row.timeUs : null;
}

async function writeTarget(target: OpenTarget, trace: RoundTrace | null): Promise<void> {
  if (trace === null || !target.routes.some(route => waitingIn(route) > 0)) return await writeRoutes(target);
  const span = trace.begin('sink', { sink: target.name });
  await writeRoutes(target, { traceParent: span.traceParent });
  span.end();
}

async function writeRoutes(
  { queue, routes }: OpenTarget,
  traced: { readonly traceParent?: string } = {},
): Promise<void> {
  const inputs = routes.flatMap(route => {
    const { rows, alerts } = route;
    route.rows = [];
    route.alerts = [];
    const batches = rows.filter(batch => batch.length > 0);
    return [
      ...batches.map((batch): SinkInput => ({ kind: 'rows', batch, ...traced })),
      ...(alerts.length > 0 ? [{ kind: 'alerts', changes: alerts, ...traced } satisfies SinkInput] : []),
    ];
  });
  await Promise.all(inputs.map(input => queue.write(input)));
}

function waitingIn({ rows, alerts }: Pick<OpenRoute, 'rows' | 'alerts'>): number {
  return rows.reduce((sum, batch) => sum + batch.length, alerts.length);
}

/** Shelved, suppressed or out of service: who listens is told so, and then no more until it is over. */
function isHidden({ change, state = [] }: AlertChange): boolean {
  return HIDING.some(word => state.includes(word)) && !HIDING.some(word => word === change);
}

const HIDING = ['shelved', 'suppressed', 'out_of_service'] as const;
