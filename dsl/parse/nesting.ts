import type { Statement } from '../ast.ts';
import type { Span } from '../diagnostics.ts';

/** Everything behind the parser walks the tree by recursion; below this depth no walk comes near the stack's end. */
export const MAX_TREE_DEPTH = 1_000;

/** The innermost place that can still be shown of a tree that is too deep; null where none is. Walks without recursion. */
export function findTooDeep(statements: readonly Statement[]): Span | null {
  const waiting: object[] = [];
  const depths: number[] = [];
  for (const statement of statements) {
    waiting.push(statement);
    depths.push(0);
    while (waiting.length > 0) {
      const node = waiting.pop()!;
      const depth = depths.pop()!;
      if (depth > MAX_TREE_DEPTH) return spanOf(node) ?? statement.span;
      for (const name of Object.keys(node)) {
        const child: unknown = node[name as keyof typeof node];
        if (typeof child !== 'object' || child === null || name === 'span') continue;
        waiting.push(child);
        depths.push(depth + 1);
      }
    }
  }
  return null;
}

function spanOf(node: object): Span | null {
  return 'span' in node ? (node.span as Span) : null;
}
