import { printable } from '../../cli/printable.ts';
import type { Colours } from '../../cli/terminal.ts';
import type { LogLine } from './log-line.ts';

/** `12:04:07  warn   MR5200  QuestDB does not answer  stream=motor_1m` */
export function terminalLine(line: LogLine, options: { readonly time: Date; readonly colours: Colours }): string {
  const { level, message, code, hint, subject: _, ...fields } = line;
  const { time, colours } = options;
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  const colour = { info: colours.blue, warn: colours.yellow, error: colours.red }[level];
  const parts = [
    colours.dim(time.toISOString().slice(11, 19)),
    colour(level.padEnd(5)),
    ...(code === undefined ? [] : [colours.bold(code)]),
    printable(message),
    ...shown.map(([name, value]) =>
      colours.dim(printable(`${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)),
    ),
  ];
  const hintLine = hint === undefined ? '' : `\n          = hint: ${printable(hint)}`;
  return `${parts.join('  ')}${hintLine}\n`;
}
