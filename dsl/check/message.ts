import type { StringLiteral } from '../ast.ts';
import type { Diagnostic, Span } from '../diagnostics.ts';
import type { Template } from '../plan.ts';
import type { Context } from './context.ts';
import { hintFor } from '../did-you-mean.ts';
import { error } from './report.ts';

/** Finds what a hole of a message names; undefined where there is nothing of that name. */
export type HoleResolver = {
  /** The name of the value in the plan, or fixed text where the hole is a constant. */
  resolve(name: string): { readonly value: string } | string | undefined;
  names(): readonly string[];
  /** What to say of a hole that names a part of something that is there; undefined: it is not there at all. */
  why?(name: string, span: Span): Diagnostic | undefined;
};

/** `Motor {device} is at {temp}`; `{{` and `}}` are braces. Null after a report. */
export function checkMessage(literal: StringLiteral, holes: HoleResolver, context: Context): Template | null {
  const parts: (string | { readonly value: string })[] = [];
  let text = '';
  let isWhole = true;
  for (const piece of piecesOf(literal.value)) {
    if (piece.kind === 'text') {
      text += piece.text;
    } else if (piece.kind === 'unclosed') {
      const hint = 'close it with `}`, or write `{{` for a brace';
      context.report(error('MR2601', spanOf(literal, '{', context), 'a `{` in the message is not closed', { hint }));
      isWhole = false;
    } else {
      const found = holes.resolve(piece.name);
      if (found === undefined) reportUnknown(piece.name, literal, holes, context);
      isWhole &&= found !== undefined;
      if (typeof found === 'string') text += found;
      if (typeof found !== 'object') continue;
      if (text !== '') parts.push(text);
      parts.push(found);
      text = '';
    }
  }
  if (text !== '') parts.push(text);
  return isWhole ? parts : null;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'hole'; readonly name: string }
  | { readonly kind: 'unclosed' };

function piecesOf(message: string): Piece[] {
  const pieces: Piece[] = [];
  for (const match of message.matchAll(/\{\{|\}\}|\{([^{}]*)\}|\{|[^{}]+|\}/g)) {
    const [whole, name] = match;
    if (name !== undefined) pieces.push({ kind: 'hole', name: name.trim() });
    else if (whole === '{') pieces.push({ kind: 'unclosed' });
    else pieces.push({ kind: 'text', text: whole === '{{' || whole === '}}' ? whole[0]! : whole });
  }
  return pieces;
}

function reportUnknown(name: string, literal: StringLiteral, holes: HoleResolver, context: Context): void {
  const span = spanOf(literal, name, context);
  const why = holes.why?.(name, span);
  if (why !== undefined) return context.report(why);
  const isSimple = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)?$/u.test(name);
  const hint = isSimple
    ? hintFor(name, holes.names(), 'names')
    : 'a hole holds a field, or a value of the rule as its conditions write it; `{{` is a brace';
  const message = `the message asks for \`${name}\`, which the rule does not have`;
  context.report(error('MR2600', span, message, { hint }));
}

/** The place of a hole within the text as written, whose escapes shift it against the value. */
function spanOf({ span }: StringLiteral, part: string, context: Context): Span {
  const text = context.sources.textOf(span);
  const hole = [...text.matchAll(/\{([^{}]*)\}/g)].find(match => match[1]!.trim() === part);
  const at = part === '' ? -1 : text.indexOf(part, hole?.index);
  if (at < 0) return span;
  return { file: span.file, start: span.start + at, end: span.start + at + part.length };
}
