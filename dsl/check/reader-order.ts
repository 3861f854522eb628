import type { DeriveStatement, RuleStatement, StreamStatement } from '../ast.ts';
import { rulesNamedBy } from './alerts-stream.ts';
import { inOrder } from './in-order.ts';
import { error, type Report } from './report.ts';
import { streamsOfInput, streamsReadBy } from './stream-order.ts';

/** A rule or stream that reads alerts, itself or through a stream. */
export type AlertReader = RuleStatement | StreamStatement | DeriveStatement;

/** Readers of alerts so that each comes behind the streams, and the rules, that it reads; those on a circle are reported, and left out. */
export function orderReaders(readers: readonly AlertReader[], report: Report): AlertReader[] {
  const byName = new Map(readers.map(reader => [reader.name.name, reader]));
  return inOrder(readers, {
    inputsOf: reader => namesReadBy(reader).flatMap(name => byName.get(name) ?? []),
    onCircle: circle => reportCircle(circle, report),
  });
}

function namesReadBy(reader: AlertReader): readonly string[] {
  const streams = reader.kind === 'rule' ? streamsOfInput(reader.on) : streamsReadBy(reader);
  return [...streams.map(({ name }) => name), ...rulesNamedBy(reader)];
}

function reportCircle(circle: readonly AlertReader[], report: Report): void {
  const first = circle[0]!;
  const way = [...circle, first].map(({ name }) => `\`${name.name}\``).join(' reads ');
  const message =
    circle.length === 1
      ? `\`${first.name.name}\` reads its own alerts`
      : `rules read each other's alerts in a circle: ${way}`;
  const related = circle.slice(1).map(({ name }) => ({ span: name.span, message: 'on the way' }));
  const hint = 'name rules that do not read alerts of this one: `where rule == "…"`';
  report(error('MR3086', first.name.span, message, { related, hint }));
}
