import { CommanderError } from 'commander';
import { MillraceError } from '../../engine/errors.ts';
import { CommandLineError } from './command-line-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { coloursFor } from './terminal.ts';

/** Shows what ended a command, in the form of all our messages, and says the exit code. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has written its message
  if (error instanceof CommandLineError) {
    writeCoded(error);
    return EXIT.usage;
  }
  if (error instanceof MillraceError) {
    writeCoded(error);
    return EXIT.runtime;
  }
  writeCoded({
    code: 'MR9001',
    message: error instanceof Error ? error.message.replace(/^MR9001: /, '') : String(error),
    hint: 'this is a fault of Millrace: please report it with the rule file; MILLRACE_DEBUG=1 shows where it happened',
  });
  if (process.env.MILLRACE_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT.bug;
}

function writeCoded(error: {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
}): void {
  const colours = coloursFor(process.stderr);
  const lines = [`${colours.red(colours.bold(`error[${error.code}]`))}${colours.bold(`: ${error.message}`)}`];
  if (error.hint !== undefined) lines.push(`  = hint: ${error.hint}`);
  lines.push(`  = more: millrace explain ${error.code}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}
