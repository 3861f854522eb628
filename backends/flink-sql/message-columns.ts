import type { FieldOrigin } from '../../dsl/plan.ts';
import type { Gaps } from './gaps.ts';
import { freeName, quoted } from './sql-text.ts';

type Segment = string | number;

/** A value of a message, or what holds others. */
type Member = { type: string | null; readonly inside: Map<Segment, Member> };

/** The columns that a table of messages needs so that paths into them can be read: nested ones are rows and arrays. */
export class MessageColumns {
  readonly #columns = new Map<Segment, Member>();
  readonly #tokens = new Map<string, string>(); // type by column

  get names(): ReadonlySet<string> {
    return new Set([...this.#columns.keys()].map(String));
  }

  /** How the value is read; declares what it needs. A token of a subject is a column, since Flink has no subjects. */
  read(origin: FieldOrigin, name: string, type: string, gaps: Gaps): string {
    if (origin.kind !== 'path' || origin.path.length === 0) {
      const column = freeName(name, new Set([...this.names, ...this.#tokens.keys()]));
      this.#tokens.set(column, type);
      return quoted(column);
    }
    const [first, ...rest] = origin.path;
    this.#declare(origin.path, type, gaps);
    return rest.reduce<string>(
      (text, segment) => (typeof segment === 'number' ? `${text}[${segment + 1}]` : `${text}.${quoted(segment)}`),
      quoted(String(first)),
    );
  }

  declarations(gaps: Gaps): string[] {
    const fromPaths = [...this.#columns].map(([name, member]) => `${quoted(String(name))} ${typeText(member, gaps)}`);
    return [...[...this.#tokens].map(([name, type]) => `${quoted(name)} ${type}`), ...fromPaths];
  }

  #declare(path: readonly Segment[], type: string, gaps: Gaps): void {
    let inside = this.#columns;
    for (const [depth, segment] of path.entries()) {
      let member = inside.get(segment);
      if (member === undefined) inside.set(segment, (member = { type: null, inside: new Map() }));
      const isLast = depth === path.length - 1;
      const isOther = member.type !== null && (!isLast || member.type !== type);
      if (isOther || (isLast && member.inside.size > 0)) {
        gaps.add(`two readings of $.${path.join('.')}`, 'a column of a message has one type in Flink');
      }
      if (isLast) member.type = type;
      inside = member.inside;
    }
  }
}

function typeText({ type, inside }: Member, gaps: Gaps): string {
  if (type !== null) return type;
  const members = [...inside].map(([segment, member]) => ({ segment, text: typeText(member, gaps) }));
  if (members.every(({ segment }) => typeof segment === 'string')) {
    return `ROW<${members.map(({ segment, text }) => `${quoted(String(segment))} ${text}`).join(', ')}>`;
  }
  const [first, ...others] = new Set(members.map(({ text }) => text));
  if (others.length > 0) gaps.add('a list whose items differ in type', 'those of an array are alike in Flink');
  return `ARRAY<${first}>`;
}
