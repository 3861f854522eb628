import type { MemoryEvent } from '../../connectors/memory/index.ts';
import type { Plan, SourceField, SourceNode } from '../../dsl/plan.ts';

/** An event of a stream and when it arrives. */
export type Arriving = { readonly stream: string; readonly event: MemoryEvent; readonly arrivalUs: number };

/** Events of all streams of a plan in order of arrival, by what their declarations say; some late, some that the schema refuses, but for the first ones. */
export function telemetryOf(
  plan: Plan,
  { count, random }: { readonly count: number; readonly random: () => number },
): readonly Arriving[] {
  const sources = plan.nodes.filter((node): node is SourceNode => node.kind === 'source');
  const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)]!;
  let nowMs = START_MS;
  return Array.from({ length: count }, (_, number) => {
    const isWhole = number < WHOLE_EVENTS;
    nowMs += pick([0, 0, 20, 500, 1_000, 1_000, 2_000, 7_000, random() < 0.05 ? 60_000 : 300]);
    const source = pick(sources);
    const timeMs = nowMs - pick([0, 0, 0, 0, 700, 2_000, 4_500, random() < 0.1 ? 200_000 : 0]);
    const event: Record<string, unknown> = {};
    for (const field of source.fields) put(event, field, valueOf(field, { source, pick, random, isWhole }));
    if (source.time?.from.kind === 'path') putAt(event, source.time.from.path, timeMs);
    return { stream: source.id, event, arrivalUs: nowMs * 1_000 };
  });
}

type Draw = {
  readonly source: SourceNode;
  readonly pick: <Value>(values: readonly Value[]) => Value;
  readonly random: () => number;
  readonly isWhole: boolean;
};

function valueOf({ name, type }: SourceField, { source, pick, random, isWhole }: Draw): unknown {
  const isKey = source.key.includes(name);
  if (!isWhole && random() < 0.03) return isKey ? null : pick([null, 'what', 1e9, {}]);
  switch (type) {
    case 'float':
      return isKey ? pick([1, 2.5]) : Math.round(random() * (isWhole ? 5_000 : 7_500)) / 100;
    case 'int':
      return isKey ? pick([1, 2, 3]) : Math.floor(random() * 95);
    case 'bool':
      return random() < 0.6;
    case 'quality':
      return pick(['good', 'good', 'good', 'uncertain', 'bad']);
    default:
      return isKey ? pick(['d1', 'd2', 'd3', 'd4', 'd5']) : pick(['running', 'stopped', 'north', 'south', 'c']);
  }
}

function put(event: Record<string, unknown>, field: SourceField, value: unknown): void {
  if (field.from.kind === 'path') putAt(event, field.from.path, value);
}

function putAt(event: Record<string, unknown>, path: readonly (string | number)[], value: unknown): void {
  const [first, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) event[first] = value;
  else putAt((event[first] ??= {}) as Record<string, unknown>, rest, value);
}

/** What a file begins with that its schema refuses arrives at no time at all. */
const WHOLE_EVENTS = 30;
const START_MS = Date.UTC(2026, 0, 1);
