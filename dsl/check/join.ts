import type { DeriveStatement, FromClause, JoinSide } from '../ast.ts';
import type { JoinKind, JoinTime } from '../plan.ts';
import { reportActions } from './actions-stream.ts';
import { commonKey, type CommonKey } from './common-key.ts';
import type { Context } from './context.ts';
import { mergedDelay, rekeyDelay } from './delay.ts';
import { positiveUs } from './duration.ts';
import { reportEndless } from './endless.ts';
import { joinedNames, type JoinedField } from './joined-names.ts';
import { error } from './report.ts';
import type { StreamSchema } from './schema.ts';

export type JoinClause = Extract<FromClause, { readonly kind: 'from-join' }>;

/** Rows of two streams that belong together: what a statement with a `join` reads. */
export type CheckedJoin = CommonKey & {
  readonly left: JoinedStream;
  readonly right: JoinedStream;
  readonly join: JoinKind;
  readonly time: JoinTime;
  /** All that can be asked of the rows, beside the key. */
  readonly fields: readonly JoinedField[];
};

/** `name`: what the statement calls its rows. */
export type JoinedStream = { readonly schema: StreamSchema; readonly name: string };

export type JoinInput = { readonly schema: StreamSchema; readonly join: CheckedJoin };

/** `from a as m join b as c within 2s around`; null after a report. */
export function checkJoin(from: JoinClause, statement: DeriveStatement, context: Context): JoinInput | null {
  const time = timeOf(from, context);
  const left = streamOf(from.left, context);
  const right = streamOf(from.right, context);
  if (left === null || right === null) return null;
  if (left.name === right.name) return reportOneName(from, left.name, context);
  const meeting = [
    { schema: left.schema, span: from.left.stream.span },
    { schema: right.schema, span: from.right.stream.span },
  ];
  for (const { schema, span } of meeting) {
    if (schema.endless === null) continue;
    reportEndless({ span }, schema.endless, context.report);
    return null;
  }
  const hint = 'join them by a field that both have: `by site`, behind the join';
  const common = commonKey(meeting, statement.by, { code: 'MR3070', hint }, context);
  if (common === null) return null;
  const { join } = from;
  const names = joinedNames({ left, right, join, key: common.key });
  if (statement.select === null && names.shared.length > 0) reportShared(from, names.shared, context);
  const delays = meeting.map(({ schema: { delay } }) => (common.by === null ? delay : rekeyDelay(delay)));
  const schema: StreamSchema = { ...names.schema, delay: mergedDelay(delays) };
  return { schema, join: { ...common, left, right, join, time, fields: names.fields } };
}

function timeOf({ condition }: JoinClause, { report }: Context): JoinTime {
  if (condition.kind === 'within') {
    const { duration, direction } = condition;
    return { kind: 'within', withinUs: positiveUs(duration, '`within` of a join', report), direction };
  }
  const { within } = condition;
  return { kind: 'latest', withinUs: within && positiveUs(within, '`within` of a join', report) };
}

function streamOf({ stream, alias }: JoinSide, { names, schemas, report }: Context): JoinedStream | null {
  if (stream.name === 'actions') {
    reportActions(stream.span, report);
    return null;
  }
  if (stream.name === 'alerts') {
    const hint = 'give their changes a name, and join that: `stream changes = from alerts select rule, severity`';
    const message = 'a join is of streams with a schema, and `alerts` has that of its reader';
    report(error('MR2663', stream.span, message, { hint }));
    return null;
  }
  const schema = names.stream(stream, report) && schemas.get(stream.name);
  return schema ? { schema, name: alias?.name ?? stream.name } : null;
}

function reportOneName({ left, right }: JoinClause, name: string, { report }: Context): null {
  const hint = `give one of them another name: \`${right.stream.name} as other\``;
  const related = [{ span: left.span, message: 'the first one' }];
  report(error('MR2660', right.span, `both sides of the join are called \`${name}\``, { hint, related }));
  return null;
}

/** Without a `select` a row has all fields, each under its name. */
function reportShared({ span, left, right }: JoinClause, shared: readonly string[], { report }: Context): void {
  const [first] = shared as [string];
  const names = [left, right].map(({ stream, alias }) => `${alias?.name ?? stream.name}.${first} as …`);
  const message = `both streams have \`${first}\`, and a row has one field of a name`;
  report(error('MR2662', span, message, { hint: `say what a row has: \`select ${names.join(', ')}\`` }));
}
