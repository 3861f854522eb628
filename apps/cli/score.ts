import { type Command, InvalidArgumentError } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { readAlerts, readFaults } from './score/read-lines.ts';
import { scoreAlerts } from './score/score-alerts.ts';
import { scoreTable } from './score/score-table.ts';
import { coloursFor } from './terminal.ts';

export function addScoreCommand(program: Command): void {
  program
    .command('score')
    .description('hold alerts against known faults: which were found, after how long, and what was raised for nothing')
    .argument('<faults>', 'rows of a stream of faults: NDJSON, as a route or `run --json` writes it')
    .argument('<alerts>', 'alerts, in the same form')
    .option('--machines <count>', 'how many there are, for the rate of false alarms', parseCount, 1)
    .option('--days <count>', 'how long they were watched', parseCount, 1)
    .action(async (faults: string, alerts: string, options: ScoreOptions) => {
      process.exitCode = await score(faults, alerts, options);
    });
}

type ScoreOptions = { readonly machines: number; readonly days: number };

async function score(faults: string, alerts: string, { machines, days }: ScoreOptions): Promise<ExitCode> {
  const result = scoreAlerts(await readFaults(faults), await readAlerts(alerts));
  const lines = scoreTable(result, { machines, days, colours: coloursFor(process.stdout) });
  process.stdout.write(`${lines.join('\n')}\n`);
  return EXIT.ok;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (count > 0 && Number.isFinite(count)) return count;
  throw new InvalidArgumentError('It is a number greater than 0.');
}
