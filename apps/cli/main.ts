import { Command } from 'commander';
import { addCommands } from './commands.ts';
import { packageVersion } from './package-root.ts';
import { reportError } from './report-error.ts';
import { endWithStandardStreams } from './standard-streams.ts';

const program = new Command('millrace')
  .description('Turns machine telemetry into alarms that can be trusted.')
  .version(packageVersion())
  .exitOverride()
  .showHelpAfterError('(millrace --help shows commands and options)');

endWithStandardStreams();
try {
  await addCommands(program, process.argv[2]);
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
