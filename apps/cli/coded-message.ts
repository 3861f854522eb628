import { printable } from './printable.ts';
import { coloursFor } from './terminal.ts';

export type CodedMessage = {
  readonly severity: 'error' | 'warning';
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
};

/** Writes a message that has no place in a rule file, in the form of those that have one. */
export function writeCodedMessage({ severity, code, message, hint }: CodedMessage): void {
  const colours = coloursFor(process.stderr);
  const colour = severity === 'error' ? colours.red : colours.yellow;
  const lines = [`${colours.bold(colour(`${severity}[${code}]`))}${colours.bold(`: ${printable(message)}`)}`];
  if (hint !== undefined) lines.push(`  = hint: ${printable(hint)}`);
  lines.push(`  = more: millrace explain ${code}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}
