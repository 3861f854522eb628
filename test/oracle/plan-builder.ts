import type { AggregateColumn, Plan, PlanNode, RekeyNode, SourceNode } from '../../dsl/plan.ts';
import type { EventBatch, SymbolTable } from '../../engine/batch.ts';

/** Plans and batches by hand, for tests of the engine alone: one stream `s` of `device`, `site` and `value`. */
export function planOf(
  clock: { readonly latenessUs: number; readonly idleUs: number | null },
  ...nodes: readonly PlanNode[]
): Plan {
  return { version: 1, nodes: [sourceNode(clock), ...nodes] };
}

export function sourceNode(clock: { readonly latenessUs: number; readonly idleUs: number | null }): SourceNode {
  const field = { isNeeded: true, isNumberFromText: false, scaling: [], range: null, default: null };
  return {
    kind: 'source',
    id: 's',
    connector: 'memory',
    address: 's',
    directory: '',
    codec: null,
    key: ['device'],
    fields: [
      { ...field, name: 'device', type: 'symbol', from: { kind: 'path', path: ['device'] } },
      { ...field, name: 'site', type: 'symbol', from: { kind: 'path', path: ['site'] } },
      { ...field, name: 'value', type: 'float', from: { kind: 'path', path: ['value'] } },
    ],
    time: null,
    latenessUs: clock.latenessUs,
    idleUs: clock.idleUs,
    futureUs: Number.MAX_SAFE_INTEGER,
    expireUs: null,
  };
}

export const countAndSum: readonly AggregateColumn[] = [
  { name: '#count', aggregate: 'count', arguments: [], type: 'int' },
  { name: '#sum', aggregate: 'sum', arguments: ['value'], type: 'float' },
  { name: '#first', aggregate: 'first', arguments: ['value'], type: 'float' },
];

/** The stream `s`, keyed by site. */
export const bySite: RekeyNode = {
  kind: 'rekey',
  id: 'by',
  input: 's',
  by: ['site'],
  fields: [
    { name: 'site', type: 'symbol' },
    { name: 'value', type: 'float' },
  ],
};

export type TestEvent = {
  readonly key: string;
  readonly site?: string;
  readonly timeUs: number;
  readonly arrivalUs: number;
  readonly value: number | null;
};

export function batchOf(events: readonly TestEvent[], symbols: SymbolTable, stream = 's'): EventBatch {
  const column = (text: (event: TestEvent) => string) => ({
    type: 'symbol' as const,
    values: Uint32Array.from(events, event => symbols.idOf(text(event))),
    valid: undefined,
  });
  return {
    stream,
    length: events.length,
    timeUs: Float64Array.from(events, event => event.timeUs),
    arrivalUs: Float64Array.from(events, event => event.arrivalUs),
    columns: [
      column(event => event.key),
      column(event => event.site ?? 'none'),
      {
        type: 'float',
        values: Float64Array.from(events, event => event.value ?? Number.NaN),
        valid: events.some(event => event.value === null)
          ? Uint8Array.from(events, event => (event.value === null ? 0 : 1))
          : undefined,
      },
    ],
    rejected: [],
  };
}
