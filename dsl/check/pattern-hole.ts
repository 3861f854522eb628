import type { Expression } from '../ast.ts';
import type { Diagnostic, Span } from '../diagnostics.ts';
import { checkExpression } from './expression.ts';
import type { Binding, Scope } from './scope.ts';

/**
 * `{t.temp}`, `{v.last.rms}`, `{v[2].rms}`, `{avg(v.rms)}`, `{count(v)}` in a message, or two of them, `{b.time - a.time}`; null: it is
 * written otherwise.
 */
export function holeExpression(text: string, span: Span): Expression | null {
  const value = oneValue(text, span);
  if (value !== null) return value;
  const [, first, operator, second] = /^(.+?)\s*([-+*/])\s*(.+)$/.exec(text) ?? [];
  const left = first === undefined ? null : oneValue(first, span);
  const right = second === undefined ? null : oneValue(second, span);
  if (left === null || right === null) return null;
  return { kind: 'binary', operator: operator as '-' | '+' | '*' | '/', left, right, span }; // as: one of these matched
}

function oneValue(text: string, span: Span): Expression | null {
  const call = /^(\w+)\s*\(\s*(.+?)\s*\)$/.exec(text);
  if (call === null) return valueAt(text, span);
  const argument = valueAt(call[2]!, span);
  return argument && { kind: 'call', name: identifier(call[1]!, span), arguments: [argument], span };
}

/** What the checker says of a hole that names an event, or a field without its event; undefined: it names neither. */
export function whyNoValue(
  { text, span }: { readonly text: string; readonly span: Span },
  { bindings, scope }: { readonly bindings: ReadonlyMap<string, Binding>; readonly scope: Scope },
): Diagnostic | undefined {
  const syntax = holeExpression(text, span);
  if (syntax === null) return undefined;
  const isKnown = syntax.kind !== 'name' || bindings.has(text) || isOfEvent(text, bindings);
  const found: Diagnostic[] = [];
  if (isKnown) checkExpression(syntax, scope, diagnostic => found.push(diagnostic));
  return found[0];
}

function isOfEvent(field: string, bindings: ReadonlyMap<string, Binding>): boolean {
  return [...bindings.values()].some(
    event => (event.kind === 'record' || event.kind === 'repeated') && event.members.has(field),
  );
}

function valueAt(text: string, span: Span): Expression | null {
  const parts = /^([A-Za-z_]\w*)(?:\[(\d+)\])?((?:\.[A-Za-z_]\w*)*)$/.exec(text);
  if (parts === null) return null;
  const [, name, place, members] = parts;
  let value: Expression = { kind: 'name', name: name!, span };
  if (place !== undefined) {
    const index = { kind: 'number', value: Number(place), text: place, unit: null, span } as const;
    value = { kind: 'index', object: value, index: [index], span };
  }
  for (const member of members!.split('.').slice(1)) {
    value = { kind: 'member', object: value, property: identifier(member, span), span };
  }
  return value;
}

function identifier(name: string, span: Span) {
  return { kind: 'identifier', name, span } as const;
}
