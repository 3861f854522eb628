/**
 * What a rule file looks like below its grammar: comments, quotes and brackets. One pass before the parser, which finds
 * what a grammar explains badly (a quote or a bracket that is never closed) and where each statement starts, so that a
 * mistake in one statement does not hide those in the next.
 */
export type Scan = {
  readonly comments: readonly { readonly start: number; readonly end: number; readonly isOwnLine: boolean }[];
  readonly mistakes: readonly ScanMistake[];
  readonly unclosed: readonly UnclosedBracket[];
  readonly strayBrackets: readonly number[];
  readonly tooDeepAt: number | null;
  readonly statementStarts: readonly number[];
};

export type ScanMistake = {
  readonly kind: 'open-text' | 'foreign-quotes' | 'unknown-escape' | 'foreign-comment';
  readonly start: number;
  readonly end: number;
};

/** `closedBy`: the bracket of another kind that came where this one should have been closed; null: nothing came. */
export type UnclosedBracket = { readonly start: number; readonly closedBy: number | null };

/** The parser recurses for every bracket; a person stops long before this. */
export const MAX_BRACKET_DEPTH = 200;

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' };
const STATEMENT = /(?:let|include|stream|store|table|rule|route|test)[ \t]+[\w"]/y;
const TEXT_PART = /(?:[^"\\\r\n]|\\(?:["\\ntr]|u[0-9a-fA-F]{4}))*/y;

export function scan(source: string): Scan {
  return new Scanner(source).run();
}

class Scanner {
  private readonly comments: { start: number; end: number; isOwnLine: boolean }[] = [];
  private readonly mistakes: ScanMistake[] = [];
  private readonly unclosed: UnclosedBracket[] = [];
  private readonly strayBrackets: number[] = [];
  private readonly statementStarts: number[] = [];
  private readonly open: number[] = [];
  private readonly source: string;
  private tooDeepAt: number | null = null;
  private position = 0;
  private isLineEmpty = true;

  constructor(source: string) {
    this.source = source;
  }

  run(): Scan {
    this.noteStatement();
    while (this.position < this.source.length) this.step();
    for (const start of this.open) this.unclosed.push({ start, closedBy: null });
    const { comments, mistakes, unclosed, strayBrackets, tooDeepAt, statementStarts } = this;
    return { comments, mistakes, unclosed, strayBrackets, tooDeepAt, statementStarts };
  }

  private step(): void {
    const character = this.source[this.position];
    if (character === '\n') return this.startLine();
    if (character === ' ' || character === '\t' || character === '\r' || character === '\uFEFF') {
      this.position++;
      return;
    }
    if (character === '/' && this.source[this.position + 1] === '/') return this.comment();
    this.isLineEmpty = false;
    switch (character) {
      case '"':
        return this.text();
      case '{':
      case '(':
      case '[':
        return this.openBracket();
      case '}':
      case ')':
      case ']':
        return this.closeBracket(character);
      case "'":
      case '“':
      case '”':
      case '„':
      case '‘':
      case '’':
        return this.foreignQuotes();
      case '#':
        return this.foreignComment(this.endOfLine());
      case '/':
        if (this.source[this.position + 1] === '*') return this.blockComment();
    }
    this.position++;
  }

  private startLine(): void {
    this.position++;
    this.isLineEmpty = true;
    this.noteStatement();
  }

  /** A statement's word at the start of a line, or right behind a closed block. */
  private noteStatement(): void {
    STATEMENT.lastIndex = this.position;
    if (STATEMENT.test(this.source)) this.statementStarts.push(this.position);
  }

  private comment(): void {
    const end = this.endOfLine();
    this.comments.push({ start: this.position, end, isOwnLine: this.isLineEmpty });
    this.position = end;
  }

  private text(): void {
    const start = this.position;
    TEXT_PART.lastIndex = start + 1;
    TEXT_PART.test(this.source);
    const end = TEXT_PART.lastIndex;
    if (this.source[end] === '"') {
      this.position = end + 1;
      return;
    }
    if (this.source[end] === '\\' && end + 1 < this.endOfLine()) {
      this.mistake('unknown-escape', end, end + 2);
      this.position = this.endOfText(end + 2);
    } else {
      this.mistake('open-text', start, this.endOfLine());
      this.position = this.endOfLine();
    }
  }

  private endOfText(from: number): number {
    const rest = /(?:[^"\\\r\n]|\\[^\r\n])*"?/y;
    rest.lastIndex = from;
    rest.test(this.source);
    return rest.lastIndex;
  }

  private foreignQuotes(): void {
    const line = this.source.slice(this.position, this.endOfLine());
    const length = /^(?:'[^']*'|[“”„‘’][^“”„‘’]*[“”‘’])/.exec(line)?.[0].length ?? 1;
    this.mistake('foreign-quotes', this.position, this.position + length);
    this.position += length;
  }

  private blockComment(): void {
    const end = this.source.indexOf('*/', this.position + 2);
    this.foreignComment(end < 0 ? this.source.length : end + 2);
  }

  private foreignComment(end: number): void {
    this.mistake('foreign-comment', this.position, end);
    this.position = end;
  }

  private openBracket(): void {
    this.open.push(this.position);
    if (this.open.length > MAX_BRACKET_DEPTH) this.tooDeepAt ??= this.position;
    this.position++;
  }

  private closeBracket(character: string): void {
    const at = this.position++;
    const partner = this.open.findLastIndex(start => CLOSING[this.source[start]!] === character);
    if (partner < 0) {
      this.strayBrackets.push(at);
      return;
    }
    for (const start of this.open.splice(partner).slice(1)) this.unclosed.push({ start, closedBy: at });
    if (this.open.length === 0) this.noteStatementBehindBlock();
  }

  private noteStatementBehindBlock(): void {
    let next = this.position;
    while (this.source[next] === ' ' || this.source[next] === '\t') next++;
    STATEMENT.lastIndex = next;
    if (next > this.position && STATEMENT.test(this.source)) this.statementStarts.push(next);
  }

  private endOfLine(): number {
    const match = /[\r\n]/g;
    match.lastIndex = this.position;
    return match.exec(this.source)?.index ?? this.source.length;
  }

  private mistake(kind: ScanMistake['kind'], start: number, end: number): void {
    this.mistakes.push({ kind, start, end });
  }
}
