import { type Command, InvalidArgumentError } from 'commander';
import { type ChangeOptions, showChange } from './deploy/show-change.ts';
import { addServiceOptions, askService, ownName } from './service-client.ts';

export function addRollbackCommand(program: Command): void {
  const command = program
    .command('rollback')
    .description('make a running service go back to an older version of its rules')
    .argument('[version]', 'which one (default: the one before)', parseVersion)
    .option('--json', 'the answer of the service as JSON');
  addServiceOptions(command).action(async (version: number | undefined, options: ChangeOptions) => {
    const body = { version: version ?? null, by: ownName() };
    process.exitCode = showChange(await askService(options, { method: 'POST', path: '/api/rollback', body }), options);
  });
}

function parseVersion(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError('It is a number: `millrace versions` lists them.');
  return Number(text);
}
