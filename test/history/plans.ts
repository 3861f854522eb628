import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import type { AlertChange } from '../../engine/operator.ts';

/** Of each rule and key in their order; how these lie among each other is another matter (docs/decisions/0008). */
export function inOrder(changes: readonly AlertChange[]): Record<string, AlertChange[]> {
  return Object.fromEntries(
    [...Map.groupBy(changes, ({ rule, key }) => `${rule} ${JSON.stringify(key)}`)].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** With a `store` for each stream that can have one, and these statements. */
export function planOf(file: string, more = ''): Plan {
  const text = `${readFileSync(file, 'utf8')}\n${more}`;
  const streams = [...text.matchAll(/^stream (\w+)/gm)].map(([, stream]) => `store ${stream}\n`);
  const { plan, diagnostics } = compile({
    file,
    text: `${text}\n${streams.join('')}`,
    read: (path, from) => ({ file: join(dirname(from), path), text: readFileSync(join(dirname(from), path), 'utf8') }),
  });
  if (plan === null) throw new Error(`${file}: ${diagnostics[0]?.code} ${diagnostics[0]?.message}`);
  return plan;
}
