import type { DeriveStatement, StoreStatement } from '../ast.ts';
import type { RelatedPlace, Span } from '../diagnostics.ts';
import type { ColumnRequest } from './columns.ts';
import type { Context } from './context.ts';
import type { CheckedRule, CheckedStore, CheckedStream, DerivedStream } from './program.ts';
import { error, notYet } from './report.ts';

/** What `revise within` is checked against: the whole program. */
type Checked = {
  readonly streams: readonly CheckedStream[];
  readonly rules: readonly CheckedRule[];
  readonly stores: readonly CheckedStore[];
};

type Missing = { readonly what: string; readonly hint: string };

type Written = { readonly derived: readonly DeriveStatement[]; readonly stores: readonly StoreStatement[] };

/**
 * The streams, where each that is revised can be: its raw series is stored for long enough, and what is in front of it and
 * behind it can be computed again for one key. Where this version cannot do that, it is revised by nothing after a report.
 */
export function checkRevisions(program: Checked, written: Written, { report }: Context): readonly CheckedStream[] {
  const revisions = new Revisions(program, written);
  const left = new Set<string>();
  for (const stream of program.streams) {
    if (stream.kind === 'source' || !isRevised(stream)) continue;
    const span = revisions.spanOf(stream);
    const wrong = revisions.faultOf(stream, span);
    if (wrong !== null) report(wrong);
    const missing = wrong === null ? revisions.notYetOf(stream) : null;
    if (missing === null) continue;
    report(notYet('MR8062', span, missing.what, missing.hint));
    left.add(stream.schema.name);
  }
  return program.streams.map(stream => (left.has(stream.schema.name) ? withoutRevise(stream) : stream));
}

class Revisions {
  readonly #program: Checked;
  readonly #written: Written;
  readonly #streams: ReadonlyMap<string, CheckedStream>;

  constructor(program: Checked, written: Written) {
    this.#program = program;
    this.#written = written;
    this.#streams = new Map(program.streams.map(stream => [stream.schema.name, stream]));
  }

  spanOf({ schema }: DerivedStream): Span {
    return this.#written.derived.find(({ name }) => name.name === schema.name)!.revise!.span;
  }

  /** Null: nothing is wrong. */
  faultOf(stream: DerivedStream, span: Span) {
    const inFront = this.#inFrontOf(stream);
    const other = inFront.find(each => each.kind === 'derived' && each.window !== null);
    if (other?.kind === 'derived') {
      const { name } = other.schema;
      const related = [{ span: this.#declarationOf(name), message: `\`${name}\`` }];
      return isRevised(other)
        ? error('MR3133', span, `\`${stream.schema.name}\` is revised with \`${name}\`, which it reads`, {
            related,
            hint: 'leave `revise` out here: what is behind a revised stream is computed again with it',
          })
        : error('MR3133', span, `\`${name}\` in front of it is not revised, so nothing changes here`, {
            related,
            hint: `write \`revise within …\` at \`${name}\`: what is behind it is computed again with it`,
          });
    }
    return this.#storeFault(stream, inFront.at(-1) ?? stream, span);
  }

  /** What this version cannot compute again; null: it can. */
  notYetOf(stream: DerivedStream): Missing | null {
    const inFront = [stream, ...this.#inFrontOf(stream)].filter(each => each.kind === 'derived');
    const last = inFront.at(-1)!;
    if (last.side !== null)
      return notRevised('what a stream leaves aside is', 'revise a stream that reads the events themselves');
    if (last.join !== undefined || last.pattern !== undefined || last.alerts !== undefined)
      return notRevised('joined rows, matches and alerts are', 'revise a window over the events of one stream');
    const notBy = this.#notYetBy(stream);
    if (notBy !== null) return notBy;
    const columns = inFront.flatMap(each => [
      ...(each.where?.columns ?? []),
      ...(each.window?.eventColumns ?? []),
      ...(each === stream ? [] : each.columns),
    ]);
    if (columns.some(looksElsewhere))
      return notRevised(`a window over what ${LOOKS_ELSEWHERE} is`, STATE_IN_AGGREGATES);
    return this.#notYetBehind(stream);
  }

  /** Sites are computed again of the events in which a field of the source names them. */
  #notYetBy(stream: DerivedStream): Missing | null {
    const [source, ...inFront] = this.#inFrontOf(stream).toReversed(); // the events first
    if (inFront.some(each => each.kind === 'derived' && each.by !== null))
      return notRevised('a window behind a stream by another key is', BY_HERE);
    if (stream.by === null) return null;
    const isPlain = (name: string) =>
      source?.kind === 'source' &&
      source.schema.fields.has(name) &&
      inFront.every(
        each => each.kind === 'derived' && each.select.every(field => field.name !== name || field.column === name),
      );
    if (!stream.by.every(isPlain)) return notRevised('a window by a field that is computed is', FIELD_OF_SOURCE);
    return null;
  }

  #notYetBehind(stream: DerivedStream): Missing | null {
    if (stream.columns.some(looksFar)) return notRevised(`a \`select\` that ${LOOKS_FAR} is`, RANGE_OF_TIME);
    const behind = this.#behind(stream.schema.name);
    for (const each of behind) {
      const name = `\`${each.schema.name}\``;
      if (each.by !== null || each.join !== undefined || each.pattern !== undefined)
        return notRevised(`${name} behind it, which brings keys or streams together, is`, BY_ITS_KEY);
      const panes = each.window?.panes.kind;
      if (panes === 'count' || panes === 'state')
        return notRevised(`${name} behind it, whose panes time alone does not close, is`, PANES_IN_TIME);
      const columns = [...(each.where?.columns ?? []), ...(each.window?.eventColumns ?? []), ...each.columns];
      if (columns.some(looksFar)) return notRevised(`${name} behind it, which ${LOOKS_FAR}, is`, RANGE_OF_TIME);
    }
    const names = new Set([stream, ...behind].map(({ schema }) => schema.name));
    for (const rule of this.#program.rules.filter(each => readsAny(each, names))) {
      if (stream.by !== null) return notRevised(`the rule \`${rule.name}\` behind it is`, OWN_STREAM_OF_SITES);
      const why = this.#notYetRule(rule);
      if (why !== null) return notRevised(`the rule \`${rule.name}\` behind it, ${why}, is`, OWN_STREAM);
    }
    return null;
  }

  /** Null: what it tells follows from its rows and their times alone, and nobody else acts on it. */
  #notYetRule({ name, pattern, alerts, silence, where, by, columns, suppression, rule }: CheckedRule): string | null {
    if (pattern !== undefined || alerts !== undefined || silence !== null || by !== null)
      return 'which brings keys or streams together';
    if (suppression !== undefined) return 'which other alerts suppress';
    if (rule.isLatched === true) return 'whose alerts stay until somebody acknowledges them';
    if ([...(where?.columns ?? []), ...columns].some(looksFar)) return `which ${LOOKS_FAR}`;
    const { streams, rules } = this.#program;
    const readers = [...rules, ...streams.filter(stream => stream.kind === 'derived')];
    const isRead = readers.some(each => each.alerts?.rules.includes(name) === true);
    const isAsked = rules.some(each => each.suppression?.alerts.some(asked => asked.rule === name) === true);
    return isRead || isAsked ? 'whose alerts others read' : null;
  }

  /** The nearest first; the last one comes from outside where it is known. */
  #inFrontOf({ from }: DerivedStream): CheckedStream[] {
    const input = this.#streams.get(from);
    if (input === undefined) return [];
    return input.kind === 'source' ? [input] : [input, ...this.#inFrontOf(input)];
  }

  #behind(name: string): DerivedStream[] {
    return this.#program.streams.flatMap(stream => {
      if (stream.kind === 'source' || !readsIt(stream, name)) return [];
      return [stream, ...this.#behind(stream.schema.name)];
    });
  }

  #storeFault(stream: DerivedStream, source: CheckedStream, span: Span) {
    if (source.kind !== 'source') return null; // it is told what this version cannot do
    const { name } = source.schema;
    const store = this.#program.stores.find(each => each.stream === name);
    if (store === undefined) {
      const hint = `write \`store ${name} keep 30d\`: late events are put in order from there`;
      return error(
        'MR3130',
        span,
        `\`revise\` computes rows again from the raw series of \`${name}\`, which is not stored`,
        { hint },
      );
    }
    const reviseUs = stream.window!.reviseUs!;
    const names = [name, stream.schema.name, ...this.#behind(stream.schema.name).map(({ schema }) => schema.name)];
    const short = this.#program.stores.find(
      each => names.includes(each.stream) && each.keepUs !== null && each.keepUs < reviseUs,
    );
    if (short === undefined) return null;
    const hint = 'keep it for at least as long as late events are to change rows';
    const related = this.#storeOf(short.stream);
    return error('MR3131', span, `\`${short.stream}\` is not kept for as long as \`revise\` looks back`, {
      related,
      hint,
    });
  }

  #storeOf(stream: string): RelatedPlace[] {
    const store = this.#written.stores.find(each => each.stream.name === stream);
    return store === undefined ? [] : [{ span: store.span, message: 'kept for less' }];
  }

  #declarationOf(stream: string): Span {
    return this.#written.derived.find(({ name }) => name.name === stream)!.name.span;
  }
}

function isRevised({ window }: DerivedStream): boolean {
  return window !== null && window.reviseUs !== null;
}

function readsIt({ from, join, pattern }: DerivedStream, name: string): boolean {
  if (join !== undefined) return [join.left, join.right].some(({ schema }) => schema.name === name);
  if (pattern !== undefined) return pattern.streams.some(({ schema }) => schema.name === name);
  return from === name;
}

function readsAny({ on, pattern }: CheckedRule, names: ReadonlySet<string>): boolean {
  return pattern === undefined ? names.has(on) : pattern.streams.some(({ schema }) => names.has(schema.name));
}

function looksElsewhere({ kind }: ColumnRequest): boolean {
  return kind !== 'compute';
}

/** Beyond rows of a time that is known. */
function looksFar(request: ColumnRequest): boolean {
  return looksElsewhere(request) && !(request.kind === 'range' && 'us' in request.range);
}

function withoutRevise(stream: CheckedStream): CheckedStream {
  if (stream.kind === 'source' || stream.window === null) return stream;
  return { ...stream, window: { ...stream.window, reviseUs: null } };
}

function notRevised(what: string, hint: string) {
  return { what: `${what} not revised`, hint };
}

const LOOKS_ELSEWHERE = 'looks back at events or into a table';
const LOOKS_FAR = 'looks at earlier rows one by one, learns from them, or looks into a table';
const BY_ITS_KEY = "revise a window by the stream's own key, and read the events themselves for another one";
const BY_HERE = 'write `by` at the revised window itself, which then reads the events';
const FIELD_OF_SOURCE = 'go by a field of the source, under its own name';
const OWN_STREAM_OF_SITES =
  'rules are revised behind windows by the own key of the stream: let it read one of its own, without `revise`';
const STATE_IN_AGGREGATES = 'aggregates of the window itself are revised';
const RANGE_OF_TIME = 'ranges of time are revised: `avg(x, 1h)`';
const OWN_STREAM = 'let it read a window of its own, without `revise`, beside this one';
const PANES_IN_TIME = '`tumbling`, `hopping` and `session` are revised';
