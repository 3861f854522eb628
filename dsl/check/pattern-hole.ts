import type { Expression } from '../ast.ts';
import type { Span } from '../diagnostics.ts';

/** `{t.temp}`, `{v.last.rms}`, `{v[2].rms}`, `{avg(v.rms)}`, `{count(v)}` in a message; null: it is written otherwise. */
export function holeExpression(text: string, span: Span): Expression | null {
  const call = /^(\w+)\s*\(\s*(.+?)\s*\)$/.exec(text);
  if (call === null) return valueAt(text, span);
  const argument = valueAt(call[2]!, span);
  return argument && { kind: 'call', name: identifier(call[1]!, span), arguments: [argument], span };
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
