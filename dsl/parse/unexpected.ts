/**
 * The parser's own errors in words: what stood there, as a whole word, and what could have stood there instead.
 */
import { nearestWord } from '../did-you-mean.ts';
import type { Diagnostic, Span } from '../diagnostics.ts';
import type { Expectation } from '../grammar.js';
import { hintForHabit } from './other-languages.ts';
import type { Scan } from './scan.ts';

export type UnexpectedPlace = {
  readonly file: string;
  readonly source: string; // the whole file
  readonly start: number; // of the part that was parsed
  readonly end: number;
  readonly at: number; // where the parser could not go on
  readonly expected: readonly Expectation[];
  readonly scan: Scan; // of the part
};

const STATEMENT_WORDS = ['let', 'include', 'stream', 'store', 'table', 'rule', 'route', 'test'];

const PATH = 'a path such as `$.a`';

// What can follow any expression: true everywhere, so it explains nothing.
const CONTINUATIONS = new Set(
  ['and', 'or', 'is', 'in', 'not', 'rarer', 'as']
    .map(word => `\`${word}\``)
    .concat(
      ['+', '-', '*', '/', '??', '==', '!=', '<', '<=', '>', '>=', '.', '[', '(', '->', '~>', '?'].map(
        sign => `\`${sign}\``,
      ),
      ['a unit', '`events`'],
    ),
);

const LOGIC = ['and', 'or', 'not'];

// What can begin a value, and is listed as one thing.
const VALUES = new Set(
  ['case', 'false', 'null', 'true', 'not']
    .map(word => `\`${word}\``)
    .concat(
      'a name',
      'a number',
      'a whole number',
      'a duration such as `30s`',
      'a text in double quotes',
      PATH,
      '`-`',
      '`(`',
    ),
);

// Words of other languages, where they are not close to ours in spelling.
const SYNONYMS: Readonly<Record<string, string>> = {
  if: 'when',
  filter: 'where',
  group: 'by',
  warning: 'medium',
  error: 'high',
  resolve: 'clear',
};

const RULE_MEMBERS =
  'here stands a level such as `high when …`, `clear`, `while`, `escalate`, `cooldown`, `message` or another member of a rule';

const MAX_LISTED = 10;

const SEEN_CHARACTERS = 300; // around the place: enough for a clause, and a bound for what is searched

export function describeUnexpected(place: UnexpectedPlace): Diagnostic {
  return describeBracket(place) ?? describeForeignLetter(place) ?? describeWord(place);
}

function describeBracket({ file, source, start, end, at, scan }: UnexpectedPlace): Diagnostic | null {
  const unclosed = scan.unclosed.findLast(bracket =>
    at >= end ? bracket.closedBy === null : bracket.closedBy !== null && bracket.closedBy + start === at,
  );
  if (unclosed) {
    const place = unclosed.start + start;
    const closing = { '{': '}', '(': ')', '[': ']' }[source[place]!];
    return {
      code: 'MR1002',
      severity: 'error',
      message: `this \`${source[place]}\` is never closed`,
      span: { file, start: place, end: place + 1 },
      ...(at < end && {
        related: [{ span: { file, start: at, end: at + 1 }, message: `a \`${closing}\` is missing before this` }],
      }),
      hint: `add the \`${closing}\``,
    };
  }
  if (!scan.strayBrackets.includes(at - start)) return null;
  return {
    code: 'MR1019',
    severity: 'error',
    message: `\`${source[at]}\` closes nothing`,
    span: { file, start: at, end: at + 1 },
    hint: 'take it away, or look for the opening bracket that is missing before it',
  };
}

function describeForeignLetter({ file, source, at }: UnexpectedPlace): Diagnostic | null {
  if (!/^[^\p{ASCII}]/u.test(source.slice(at, at + 2)) || !/^\p{L}/u.test(source.slice(at, at + 2))) return null;
  const before = /[A-Za-z0-9_]*$/.exec(source.slice(Math.max(0, at - 100), at))![0].length;
  const word = /^[\p{L}\p{N}_]*/u.exec(source.slice(at - before, at + 100))![0];
  return {
    code: 'MR1018',
    severity: 'error',
    message: `\`${word}\` is not a name here`,
    span: { file, start: at - before, end: at - before + word.length },
    hint: `names are made of a–z, A–Z, 0–9 and \`_\`; a payload's own name stands in quotes: \`= $["${word}"]\``,
  };
}

function describeWord(place: UnexpectedPlace): Diagnostic {
  const { file, source } = place;
  const found = wordAt(source, place.at);
  const start = found.text === '' ? source.trimEnd().length : found.start;
  const span: Span = { file, start, end: start + found.text.length };
  const message = found.text === '' ? 'unexpected end of the file' : `unexpected \`${shortened(found.text)}\``;
  const before = source.slice(Math.max(place.start, start - SEEN_CHARACTERS), start);
  const hint = hintForHabit(before, source.slice(start, start + SEEN_CHARACTERS)) ?? hintFor(place, found.text);
  return { code: 'MR1001', severity: 'error', message, span, ...(hint && { hint }) };
}

/** The whole word, number, text or sign at the first place that is not blank. */
function wordAt(source: string, from: number): { readonly text: string; readonly start: number } {
  const blank = /(?:[\s\uFEFF]|\/\/[^\r\n]*)*/y;
  blank.lastIndex = from;
  blank.test(source);
  const start = blank.lastIndex;
  const word = /[A-Za-z0-9_]+|"(?:[^"\\\r\n]|\\.)*"?|->|~>|[=!<>]=|\.\.|[\s\S]?/uy;
  word.lastIndex = start;
  return { text: word.exec(source)![0], start };
}

function hintFor(place: UnexpectedPlace, found: string): string | null {
  const expected = namesOf(place.expected);
  const keywords = expected.flatMap(name => /^`([a-z]+)`$/.exec(name)?.[1] ?? []);
  const synonym = Object.hasOwn(SYNONYMS, found) ? SYNONYMS[found] : undefined;
  const small = found.toLowerCase();
  if (found !== small && (keywords.includes(small) || LOGIC.includes(small)))
    return `write \`${small}\`, in small letters`;
  const meant = keywords.find(word => word === synonym) ?? meantWord(found, keywords) ?? misspeltUnit(place);
  if (meant) return `did you mean \`${meant}\`?`;
  if (/^[0-9]/.test(found) && expected.join() === 'a name') return 'a name begins with a letter or `_`';
  if (found === ',') return 'members and clauses stand one after the other, without commas';
  if (found === ';') return 'nothing needs a semicolon; take it away';
  if (found === '-' && isInsideWord(place)) return 'a name has no `-`; write `_`';
  if (STATEMENT_WORDS.includes(found) && expected.includes('`}`')) return `a \`}\` may be missing before \`${found}\``;
  if (expected.includes('`escalate`')) return RULE_MEMBERS;
  if (expected.includes('`~>`')) return behindStep(expected);
  if (expected.includes(PATH)) return listOf([...expected.filter(name => !VALUES.has(name)), 'a value']);
  return listOf(expected.filter(name => !CONTINUATIONS.has(name)));
}

/** What can follow a step of a pattern: its signs, and then the clauses as one. */
function behindStep(expected: readonly string[]): string | null {
  const signs = ['->', '~>', '[', '+', '?', '{', ')', 'and', 'or'].map(sign => `\`${sign}\``);
  const clauses = expected.includes('`on`') ? ['a clause such as `within 5m` or `on timeout`'] : [];
  return listOf([...signs.filter(sign => expected.includes(sign)), ...clauses]);
}

/** Short words are near to too many others. */
function meantWord(word: string, candidates: readonly string[]): string | undefined {
  return word.length > 2 ? nearestWord(word, candidates) : undefined;
}

/** `85 fro 30s`: `fro` was read as a unit, and the next word does not fit. */
function misspeltUnit({ source, at }: UnexpectedPlace): string | undefined {
  const word = /[0-9][ \t]+([a-z]{3,})[ \t]+$/.exec(source.slice(Math.max(0, at - 60), at))?.[1];
  return word === undefined || BEHIND_NUMBERS.includes(word) ? undefined : meantWord(word, BEHIND_NUMBERS);
}

const BEHIND_NUMBERS = ['for', 'and', 'or', 'within', 'after', 'gap', 'settle', 'when', 'then'];

function isInsideWord({ source, at }: UnexpectedPlace): boolean {
  return /^[A-Za-z0-9_]-[A-Za-z0-9_]/.test(source.slice(at - 1, at + 2));
}

/** As people read them, each once, in alphabetical order; the grammar's own inner names left out. */
function namesOf(expected: readonly Expectation[]): string[] {
  const names = expected.flatMap(({ type, text, description }) => {
    if (type === 'literal') return [`\`${text}\``];
    return type === 'other' && description && !description.startsWith('(') ? [description] : [];
  });
  return [...new Set(names)].sort();
}

function listOf(names: readonly string[]): string | null {
  if (names.length === 0 || names.length > MAX_LISTED) return null;
  if (names.length === 1) return `expected ${names[0]}`;
  return `expected ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`;
}

function shortened(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
