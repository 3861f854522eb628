import { type Command } from 'commander';
import { collect } from '../collect.ts';

/** Which past rules are run over. */
export type PastOptions = { readonly source: readonly string[] };

/** Those that `backtest` and `tune` have in common. */
export function addPastOptions(command: Command): Command {
  return command.option(
    '--source <name=address>',
    'read a stream from elsewhere, as for `run` (repeatable)',
    collect,
    [],
  );
}
