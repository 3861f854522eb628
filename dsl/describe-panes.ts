import { describeDuration } from './describe-expression.ts';
import type { WindowNode } from './plan.ts';

/** What makes the panes of a window, in words; `readable` gives names to the columns of conditions. */
export function describePanes(node: WindowNode, readable: (column: string) => string = column => column): string {
  const early = 'emitEveryUs' in node ? `, early rows every ${describeDuration(node.emitEveryUs!)}` : '';
  const revised = 'reviseUs' in node ? `, revised by events up to ${describeDuration(node.reviseUs!)} late` : '';
  return `${shapeText(node, readable)}${early}${revised}`;
}

function shapeText(node: WindowNode, readable: (column: string) => string): string {
  switch (node.kind) {
    case 'tumbling-window':
      return `panes of ${describeDuration(node.sizeUs)}${zoneText(node.zone)}`;
    case 'hopping-window': {
      const size = describeDuration(node.sizeUs);
      return `panes of ${size} every ${describeDuration(node.everyUs)}${zoneText(node.zone)}`;
    }
    case 'session-window':
      return `sessions with gaps under ${describeDuration(node.gapUs)}${maxText(node.maxUs)}`;
    case 'state-window':
      return `from \`${readable(node.from)}\` to \`${readable(node.to)}\`${maxText(node.maxUs)}`;
    case 'count-window':
      return `panes of ${node.size} events${node.every === node.size ? '' : ` every ${node.every}`}`;
  }
}

function zoneText(zone: string | undefined): string {
  return zone === undefined ? '' : ` in ${zone}`;
}

function maxText(maxUs: number | null): string {
  return maxUs === null ? '' : `, at most ${describeDuration(maxUs)}`;
}
