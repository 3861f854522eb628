import { CommanderError } from 'commander';
import { MillraceError } from '../../engine/errors.ts';
import { WrongRules } from '../server/rules/wrong-rules.ts';
import { SettingsError } from '../settings/settings-error.ts';
import { writeCodedMessage } from './coded-message.ts';
import { CommandLineError } from './command-line-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printableLines } from './printable.ts';
import { writeDiagnostics } from './write-diagnostics.ts';

/** Shows what ended a command, in the form of all our messages, and says the exit code. */
export function reportError(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has written its message
  if (error instanceof WrongRules) {
    process.stderr.write(printableLines(error.text));
    return EXIT.failed;
  }
  if (error instanceof SettingsError) {
    writeDiagnostics(error.diagnostics, error.textOf);
    return EXIT.usage;
  }
  if (error instanceof CommandLineError || error instanceof MillraceError) {
    writeCodedMessage({ severity: 'error', code: error.code, message: error.message, hint: error.hint });
    if (error instanceof CommandLineError) return EXIT.usage;
    return error.domain === 'internal' ? EXIT.bug : EXIT.runtime;
  }
  writeCodedMessage({
    severity: 'error',
    code: 'MR9001',
    message: error instanceof Error ? error.message.replace(/^MR9001: /, '') : String(error),
    hint: 'this is a fault of Millrace: please report it with the rule file; MILLRACE_DEBUG=1 shows where it happened',
  });
  if (process.env['MILLRACE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  return EXIT.bug;
}
