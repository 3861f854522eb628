import { type Command, InvalidArgumentError } from 'commander';
import { scoreAlerts } from '../../engine/backtest/score-alerts.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readLabels } from './labels/read-labels.ts';
import { readAlerts } from './score/read-alerts.ts';
import { scoreTable } from './score/score-table.ts';
import { coloursFor } from './terminal.ts';

export function addScoreCommand(program: Command): void {
  program
    .command('score')
    .description('hold alerts against known faults: which were found, after how long, and what was raised for nothing')
    .argument('<faults>', 'labels: CSV, NDJSON, or rows of a stream of faults, as a route or `run --json` writes them')
    .argument('<alerts>', 'alerts, as a route or `run --json` writes them')
    .option('--machines <count>', 'how many there are, for the rate of false alarms', parseCount, 1)
    .option('--days <count>', 'how long they were watched', parseCount, 1)
    .action(async (faults: string, alerts: string, options: ScoreOptions) => {
      process.exitCode = await score(faults, alerts, options);
    });
}

type ScoreOptions = { readonly machines: number; readonly days: number };

async function score(faults: string, alerts: string, { machines, days }: ScoreOptions): Promise<ExitCode> {
  const result = scoreAlerts(await readLabels(faults), await readAlerts(alerts));
  const lines = scoreTable(result, { machines, days, colours: coloursFor(process.stdout) });
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (count > 0 && Number.isFinite(count)) return count;
  throw new InvalidArgumentError('It is a number greater than 0.');
}
