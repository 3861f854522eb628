import { resolve } from 'node:path';
import { CommandLineError } from '../command-line-error.ts';
import { readSettings } from '../../settings/settings.ts';

/** Where a run keeps what these commands speak of. Errors: MR7080. */
export function stateFolder(option: string | undefined): string {
  const folder = option === undefined ? readSettings().stateDirectory : resolve(option);
  if (folder !== null) return folder;
  throw new CommandLineError(
    'MR7080',
    'no folder keeps state, so there are no alerts to speak of',
    'give the folder of the run: --state DIR, or `state` in millrace.yaml',
  );
}
