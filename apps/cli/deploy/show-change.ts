import type { StateLine } from '../../../engine/plan-change/state-lines.ts';
import { writeCodedMessage } from '../coded-message.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { printable, printableLines } from '../printable.ts';
import type { Answer, ServiceOptions } from '../service-client.ts';
import { stateTable } from '../state-table.ts';

export type ChangeOptions = ServiceOptions & { readonly json?: true };

/** What a service has made of rules that it was asked to run. */
export function showChange({ body }: Answer, { json }: ChangeOptions): ExitCode {
  if (json === true) process.stdout.write(`${JSON.stringify(body)}\n`);
  else show(body as Change); // as: what the service answers (apps/server/http/rules-routes.ts)
  return body['outcome'] === 'switched' || body['outcome'] === 'unchanged' ? EXIT.ok : EXIT.failed;
}

type Change =
  | { readonly outcome: 'unchanged'; readonly version: number }
  | {
      readonly outcome: 'switched';
      readonly version: number;
      readonly changes: readonly StateLine[];
      readonly warm_from: Readonly<Record<string, string>>;
      readonly forgotten_alerts: number;
      readonly pause_ms: number;
    }
  | { readonly outcome: 'wrong'; readonly text: string }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string; readonly hint: string | null };

function show(change: Change): void {
  switch (change.outcome) {
    case 'unchanged':
      process.stdout.write(`version ${change.version} runs already, with these rules\n`);
      return;
    case 'switched':
      process.stdout.write(stateTable(change.changes));
      for (const [rule, time] of Object.entries(change.warm_from)) {
        process.stdout.write(`rule ${printable(rule)} sees all that it asks for from ${time} on\n`);
      }
      if (change.forgotten_alerts > 0) {
        process.stdout.write(
          `forgotten, without being cleared: ${change.forgotten_alerts} alerts of rules that are gone or start empty\n`,
        );
      }
      process.stdout.write(`version ${change.version} runs, after a pause of ${change.pause_ms} ms\n`);
      return;
    case 'wrong':
      process.stderr.write(printableLines(change.text));
      return;
    case 'refused':
      writeCodedMessage({ severity: 'error', ...change, hint: change.hint ?? undefined });
  }
}
