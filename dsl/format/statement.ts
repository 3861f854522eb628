import type {
  By,
  DeriveStatement,
  FromClause,
  JoinSide,
  Lookup,
  RouteStatement,
  RuleStatement,
  Statement,
  TableStatement,
  Window,
} from '../ast.ts';
import { block } from './block.ts';
import { formatExpression, formatList, formatString } from './expression.ts';
import { type Line, line, MAX_WIDTH } from './line.ts';
import { fieldMember, fieldType, ruleMember, streamMember, testStep } from './members.ts';
import { type FormattedPattern, formatPattern, joined, type StepText } from './pattern.ts';
import { selectLines } from './select.ts';
import type { Source } from './source.ts';

export function statementLines(statement: Statement, source: Source): Line[] {
  const [first, ...others] = linesOf(statement, source);
  return [{ ...first!, keepsBlankBefore: true }, ...others];
}

function linesOf(statement: Statement, source: Source): Line[] {
  const { span } = statement;
  const single = (code: string): Line[] => [line(code, span.start)];
  switch (statement.kind) {
    case 'let':
      return single(`let ${statement.name.name} = ${formatExpression(statement.value)}`);
    case 'include':
      return single(`include ${formatString(statement.path)}`);
    case 'store':
      return single(`store ${statement.stream.name}${statement.keep ? ` keep ${statement.keep.text}` : ''}`);
    case 'route':
      return single(routeText(statement));
    case 'stream': {
      const { name, connector, address, codec, members } = statement;
      const header = `stream ${name.name} from ${connector.name} ${formatString(address)}${codec ? ` ${codec.name}` : ''}`;
      return block(single(header), members.map(streamMember), span, source);
    }
    case 'table':
      return block(single(tableHeader(statement)), statement.fields.map(fieldMember), span, source);
    case 'test': {
      const header = `test ${formatString(statement.title)}${statement.rule ? ` for ${statement.rule.name}` : ''}`;
      return block(single(header), statement.steps.map(testStep), span, source);
    }
    case 'rule':
      return block(ruleHeader(statement), statement.members.map(ruleMember), span, source);
    case 'derive':
      return deriveLines(statement, source);
  }
}

function routeText({ stream, where, targets }: RouteStatement): string {
  const condition = where ? ` where ${formatExpression(where)}` : '';
  const list = targets.map(({ connector, address }) => connector.name + (address ? ` ${formatString(address)}` : ''));
  return `route ${stream.name}${condition} to ${list.join(', ')}`;
}

function tableHeader({ name, connector, address, keys }: TableStatement): string {
  const keyList = keys.map(key => `${key.name.name}: ${fieldType(key)}`).join(', ');
  return `table ${name.name} from ${connector.name} ${formatString(address)} key ${keyList}`;
}

/** One line where it fits; else the clauses on lines of their own. */
function ruleHeader(rule: RuleStatement): Line[] {
  const { steps, clauses, clausesStart } = ruleInput(rule.on);
  const start = rule.span.start;
  const parts = [
    ...stepLines(`rule ${rule.name.name} on`, steps, start),
    ...(clauses.length > 0 ? [line(clauses.join(' '), clausesStart, 2)] : []),
    ...inputClauses(rule),
  ];
  const whole = parts.map(part => part.code).join(' ');
  return whole.length + ' {'.length <= MAX_WIDTH ? [line(whole, start)] : parts;
}

/** Steps that are too wide for one line are broken in front of their arrows. */
function stepLines(header: string, steps: readonly StepText[], start: number): Line[] {
  const whole = `${header} ${joined(steps)}`;
  if (whole.length <= MAX_WIDTH) return [line(whole, start)];
  return steps.map((step, index) =>
    index === 0 ? line(`${header} ${step.text}`, start) : line(step.text, step.start, 2),
  );
}

/** Only patterns have clauses of their own. */
function withoutClauses(text: string): FormattedPattern {
  return { steps: [{ text, start: 0 }], clauses: [], clausesStart: 0 };
}

function ruleInput(on: RuleStatement['on']): FormattedPattern {
  switch (on.kind) {
    case 'on-stream':
      return withoutClauses(aliased(on));
    case 'on-pattern':
      return formatPattern(on.pattern);
    case 'on-silence': {
      const expected = on.expectedBy ? ` expected by ${on.expectedBy.name}` : '';
      return withoutClauses(`silence of ${on.stream.name} for ${on.for.text}${expected}`);
    }
  }
}

function inputClauses({ lookups, where, by }: Pick<RuleStatement, 'lookups' | 'where' | 'by'>): Line[] {
  return [
    ...lookups.map(lookup => line(lookupText(lookup), lookup.span.start, 2)),
    ...(where ? [line(`where ${formatExpression(where)}`, where.span.start, 2)] : []),
    ...(by ? [line(byText(by), by.span.start, 2)] : []),
  ];
}

/** One line where it fits and its author had it so; else `select` and the like on lines of their own. */
function deriveLines(statement: DeriveStatement, source: Source): Line[] {
  const { span } = statement;
  const parts = deriveParts(statement);
  const whole = parts.map(part => part.code).join(' ');
  const isBroken = source.hasLineBreak(span) || source.hasComment(span);
  return whole.length <= MAX_WIDTH && (!isBroken || parts.length === 1) ? [line(whole, span.start)] : parts;
}

function deriveParts(statement: DeriveStatement): Line[] {
  const { lookups, by, window, select } = statement;
  const panes = [window && windowText(window), by && byText(by)].filter(text => text !== null);
  return [
    ...deriveHeader(statement),
    ...lookups.map(lookup => line(lookupText(lookup), lookup.span.start, 2)),
    ...(panes.length > 0 ? [line(panes.join(' '), (window ?? by)!.span.start, 2)] : []),
    ...(select ? selectLines(select) : []),
    ...outputLines(statement),
  ];
}

/** Where the rows come from: the clauses of a pattern and `where` share its line, if it is one, as far as they fit. */
function deriveHeader({ name, from, where, span }: DeriveStatement): Line[] {
  const { steps, clauses, clausesStart } = fromText(from);
  const lines = stepLines(`stream ${name.name} = ${from.kind === 'from-match' ? 'match' : 'from'}`, steps, span.start);
  const parts = [
    ...(clauses.length > 0 ? [line(clauses.join(' '), clausesStart, 2)] : []),
    ...(where ? [line(`where ${formatExpression(where)}`, where.span.start, 2)] : []),
  ];
  const lastStep = lines.length > 1 ? lines.at(-1) : undefined; // a part, too, has its `within` behind it
  for (const part of parts) {
    const above = lines.at(-1)!;
    const shared = `${above.code} ${part.code}`;
    if (above !== lastStep && above.indent + shared.length <= MAX_WIDTH)
      lines[lines.length - 1] = { ...above, code: shared };
    else lines.push(part);
  }
  return lines;
}

function outputLines({ having, emit, revise }: DeriveStatement): Line[] {
  const first = having ?? emit ?? revise;
  if (!first) return [];
  const clauses = [
    having && `having ${formatExpression(having)}`,
    emit && (emit.every ? `emit every ${emit.every.text}` : 'emit on close'),
    revise && `revise within ${revise.within.text}`,
  ];
  return [line(clauses.filter(clause => clause !== null).join(' '), first.span.start, 2)];
}

function fromText(from: FromClause): FormattedPattern {
  switch (from.kind) {
    case 'from-stream':
      return withoutClauses(aliased(from));
    case 'from-side':
      return withoutClauses(`${from.side}(${from.stream.name})`);
    case 'from-join':
      return withoutClauses(joinText(from));
    case 'from-match':
      return formatPattern(from.pattern);
  }
}

function joinText({ join, left, right, condition }: Extract<FromClause, { kind: 'from-join' }>): string {
  const word = join === 'inner' ? 'join' : `${join} join`;
  return `${aliased(left)} ${word} ${aliased(right)} ${joinCondition(condition)}`;
}

function joinCondition(condition: Extract<FromClause, { kind: 'from-join' }>['condition']): string {
  if (condition.kind === 'within') return `within ${condition.duration.text} ${condition.direction}`;
  return condition.within ? `latest within ${condition.within.text}` : 'latest';
}

function aliased({ stream, alias }: Pick<JoinSide, 'stream' | 'alias'>): string {
  return alias ? `${stream.name} as ${alias.name}` : stream.name;
}

function lookupText({ name, table, key }: Lookup): string {
  return `lookup ${name.name} = ${table.name}[${formatList(key)}]`;
}

function byText(by: By): string {
  return by.kind === 'by-global' ? 'by global' : `by ${formatList(by.fields)}`;
}

function windowText(window: Window): string {
  switch (window.kind) {
    case 'tumbling':
      return `window tumbling ${window.size.text}${zoneText(window)}`;
    case 'hopping':
      return `window hopping ${window.size.text} every ${window.every.text}${zoneText(window)}`;
    case 'sliding':
      return `window sliding ${window.size.text}`;
    case 'session':
      return `window session ${window.gap.text}${maxText(window)}`;
    case 'count':
      return `window count ${window.size.text}${window.every ? ` every ${window.every.text}` : ''}`;
    case 'state':
      return `window state from ${formatExpression(window.from)} to ${formatExpression(window.to)}${maxText(window)}`;
  }
}

function zoneText({ zone }: Extract<Window, { kind: 'tumbling' | 'hopping' }>): string {
  return zone ? ` in ${formatString(zone)}` : '';
}

function maxText({ max }: Extract<Window, { kind: 'session' | 'state' }>): string {
  return max ? ` max ${max.text}` : '';
}
