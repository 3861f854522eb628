import type {
  DeriveStatement,
  File,
  Identifier,
  LetStatement,
  RuleStatement,
  Statement,
  StreamStatement,
  TableStatement,
} from '../ast.ts';
import { hintFor } from '../did-you-mean.ts';
import { error, type Report } from './report.ts';

export type NamedStatement = LetStatement | StreamStatement | DeriveStatement | TableStatement | RuleStatement;

/** Streams that are there without being declared. */
const BUILT_IN_STREAMS = ['alerts', 'actions'] as const;

const WHAT = {
  let: 'a constant',
  stream: 'a stream',
  derive: 'a stream',
  table: 'a table',
  rule: 'a rule',
} as const satisfies Record<NamedStatement['kind'], string>;

/** All names of the files, which share one space: `expect` and messages name streams and rules alike. */
export class Names {
  readonly #statements = new Map<string, NamedStatement>();

  constructor(files: readonly File[], report: Report) {
    for (const file of files) {
      for (const statement of file.statements) if (isNamed(statement)) this.#declare(statement, report);
    }
  }

  get(name: string): NamedStatement | undefined {
    return this.#statements.get(name);
  }

  /** False for the second statement of a name, which is not used. */
  isDeclaration(statement: NamedStatement): boolean {
    return this.#statements.get(statement.name.name) === statement;
  }

  /** The stream that is meant, or null after a report. */
  stream(name: Identifier, report: Report): StreamStatement | DeriveStatement | null {
    return this.#find(name, ['stream', 'derive'], { what: 'stream', code: 'MR2502' }, report);
  }

  table(name: Identifier, report: Report): TableStatement | null {
    return this.#find(name, ['table'], { what: 'table', code: 'MR2506' }, report);
  }

  rule(name: Identifier, report: Report): RuleStatement | null {
    return this.#find(name, ['rule'], { what: 'rule', code: 'MR2511' }, report);
  }

  streamOrRule(name: Identifier, report: Report): StreamStatement | DeriveStatement | RuleStatement | null {
    return this.#find(name, ['stream', 'derive', 'rule'], { what: 'stream or rule', code: 'MR2502' }, report);
  }

  #find<K extends NamedStatement['kind']>(
    name: Identifier,
    kinds: readonly K[],
    { what, code }: { readonly what: string; readonly code: string },
    report: Report,
  ): Extract<NamedStatement, { kind: K }> | null {
    const found = this.#statements.get(name.name);
    if (found === undefined) {
      const hint = hintFor(name.name, this.#namesOf(kinds), 'names');
      report(error(code, name.span, `there is no ${what} \`${name.name}\``, { hint }));
      return null;
    }
    if (!isOneOf(found, kinds)) {
      const related = [{ span: found.name.span, message: 'declared here' }];
      const hint =
        found.kind === 'rule' ? `its alerts are a stream: \`alerts where rule == "${name.name}"\`` : undefined;
      report(error('MR2505', name.span, `\`${name.name}\` is ${WHAT[found.kind]}, not a ${what}`, { hint, related }));
      return null;
    }
    return found;
  }

  #declare(statement: NamedStatement, report: Report): void {
    const { name, span } = statement.name;
    const first = this.#statements.get(name);
    if (first !== undefined) {
      const related = [{ span: first.name.span, message: `${WHAT[first.kind]} of this name` }];
      const hint = 'constants, streams, tables and rules share one space of names';
      report(error('MR2501', span, `\`${name}\` is declared twice`, { related, hint }));
      return;
    }
    if (statement.kind !== 'let' && BUILT_IN_STREAMS.some(builtIn => builtIn === name)) {
      report(error('MR2504', span, `\`${name}\` is the name of a stream that is always there`));
    }
    this.#statements.set(name, statement);
  }

  #namesOf(kinds: readonly NamedStatement['kind'][]): string[] {
    const declared = [...this.#statements.values()].filter(statement => isOneOf(statement, kinds));
    const builtIn = kinds.includes('derive') ? BUILT_IN_STREAMS : [];
    return [...declared.map(statement => statement.name.name), ...builtIn];
  }
}

function isNamed(statement: Statement): statement is NamedStatement {
  return statement.kind in WHAT;
}

function isOneOf<K extends NamedStatement['kind']>(
  statement: NamedStatement,
  kinds: readonly K[],
): statement is Extract<NamedStatement, { kind: K }> {
  return kinds.some(kind => kind === statement.kind);
}
