import type {
  DeriveStatement,
  Identifier,
  Pattern,
  PatternEvent,
  PatternStep,
  RuleInput,
  StreamStatement,
} from '../ast.ts';
import { inOrder } from './in-order.ts';
import { error, type Report } from './report.ts';

type AnyStream = StreamStatement | DeriveStatement;

/** The streams that a statement reads. */
export function streamsReadBy(statement: AnyStream): readonly Identifier[] {
  if (statement.kind === 'stream') return [];
  switch (statement.from.kind) {
    case 'from-stream':
    case 'from-side':
      return [statement.from.stream];
    case 'from-join':
      return [statement.from.left.stream, statement.from.right.stream];
    case 'from-match':
      return eventsIn(statement.from.pattern).map(({ stream }) => stream);
  }
}

/** The streams that a rule is on. */
export function streamsOfInput(on: RuleInput): readonly Identifier[] {
  return on.kind === 'on-pattern' ? eventsIn(on.pattern).map(({ stream }) => stream) : [on.stream];
}

/** All events that a pattern names, in the order in which they are written, those of `unless` behind the others. */
export function eventsIn({ step, unless }: Pattern): readonly PatternEvent[] {
  return [...eventsOf(step), ...unless.map(({ event }) => event)];
}

function eventsOf(step: PatternStep): readonly PatternEvent[] {
  switch (step.kind) {
    case 'event':
      return [step];
    case 'absence':
      return [step.event];
    default:
      return step.steps.flatMap(eventsOf);
  }
}

/** Streams so that each comes behind those that it reads; those on a circle are reported, and left out. */
export function orderStreams(
  streams: readonly AnyStream[],
  find: (name: string) => AnyStream | undefined,
  report: Report,
): AnyStream[] {
  return inOrder(streams, {
    inputsOf: stream => streamsReadBy(stream).flatMap(name => find(name.name) ?? []),
    onCircle: circle => reportCircle(circle, report),
  });
}

/** Names of the streams that are made of `alerts`, themselves or in front of them. */
export function readersOfAlerts(ordered: readonly AnyStream[]): ReadonlySet<string> {
  const readers = new Set<string>();
  for (const stream of ordered) {
    const isReader = streamsReadBy(stream).some(({ name }) => name === 'alerts' || readers.has(name));
    if (isReader) readers.add(stream.name.name);
  }
  return readers;
}

function reportCircle(circle: readonly AnyStream[], report: Report): void {
  const first = circle[0]!;
  const way = [...circle, first].map(stream => `\`${stream.name.name}\``).join(' reads ');
  const related = circle.slice(1).map(stream => ({ span: stream.name.span, message: 'on the way' }));
  const hint = 'a stream can read only what comes before it; begin the chain at a stream `from` a connector';
  report(error('MR2503', first.name.span, `streams read each other in a circle: ${way}`, { related, hint }));
}
