import type { Command } from 'commander';
import { isoTime } from '../../connectors/codecs/output-lines.ts';
import { SEVERITIES } from '../../dsl/plan.ts';
import { type OpenAlert, openAlerts } from './actions/alert-book.ts';
import { stateFolder } from './actions/state-folder.ts';
import { EXIT } from './exit-codes.ts';
import { printable } from './printable.ts';

export function addAlertsCommand(program: Command): void {
  program
    .command('alerts')
    .description('list the alerts that have not cleared, the worst first')
    .option('--state <dir>', 'the folder of the state (default: `state` of millrace.yaml)')
    .option('--json', 'one JSON object a line')
    .action((options: { readonly state?: string; readonly json?: true }) => {
      const alerts = openAlerts(stateFolder(options.state)).toSorted(byUrgency);
      process.stdout.write(options.json === true ? jsonText(alerts) : tableText(alerts));
      process.exitCode = EXIT.ok;
    });
}

/** By level, then the longest first. */
function byUrgency(a: OpenAlert, b: OpenAlert): number {
  const byLevel = SEVERITIES.indexOf(b.level) - SEVERITIES.indexOf(a.level);
  return byLevel || (a.sinceUs ?? 0) - (b.sinceUs ?? 0) || (a.id < b.id ? -1 : 1);
}

function jsonText(alerts: readonly OpenAlert[]): string {
  return alerts
    .map(({ sinceUs, acknowledgedBy, ...alert }) => {
      const since = sinceUs === null ? null : isoTime(sinceUs);
      return `${JSON.stringify({ type: 'open_alert', ...alert, since, acknowledged_by: acknowledgedBy })}\n`;
    })
    .join('');
}

function tableText(alerts: readonly OpenAlert[]): string {
  if (alerts.length === 0) return 'No alert.\n';
  const rows = alerts.map(alert => [
    alert.id.slice(0, SHOWN_ID),
    alert.level,
    alert.sinceUs === null
      ? ''
      : isoTime(alert.sinceUs)
          .replace('T', ' ')
          .replace(/(\.000)?Z$/, ''),
    alert.rule,
    Object.values(alert.key).join(' '),
    stateText(alert),
    alert.message,
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => printable(row[column]!).length)));
  return rows
    .map(
      row =>
        `${row
          .map((cell, column) => printable(cell).padEnd(widths[column]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function stateText({ state, acknowledgedBy, comment }: OpenAlert): string {
  const others = state.filter(word => word !== 'acknowledged').map(word => word.replaceAll('_', ' '));
  const first = state.includes('acknowledged') ? `acknowledged by ${acknowledgedBy ?? '?'}` : 'unacknowledged';
  return [[first, ...others].join(', '), ...(comment === null ? [] : [`“${comment}”`])].join(' ');
}

/** As much of an id as tells alerts apart. */
const SHOWN_ID = 8;
