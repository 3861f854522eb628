import type { StateLine } from '../../engine/plan-change/state-lines.ts';
import { printable } from './printable.ts';

/** What becomes of each piece of state, and how many there are of each. */
export function stateTable(lines: readonly StateLine[]): string {
  const width = Math.max(0, ...lines.map(line => titleOf(line).length));
  const isAnyFilled = lines.some(({ state }) => state === 'filled');
  const stateWidth = isAnyFilled ? 6 : 5;
  const rows = lines.map(
    line => `${line.state.padEnd(stateWidth)}  ${titleOf(line).padEnd(width)}  ${line.reason ?? ''}`,
  );
  const counts = (['kept', ...(isAnyFilled ? (['filled'] as const) : []), 'empty', 'gone'] as const).map(
    state => `${lines.filter(line => line.state === state).length} ${state}`,
  );
  return `${rows.map(row => `${printable(row.trimEnd())}\n`).join('')}${counts.join(', ')}\n`;
}

function titleOf({ kind, name }: StateLine): string {
  return `${kind} ${name}`;
}
