import picocolors from 'picocolors';

export type Colours = ReturnType<typeof picocolors.createColors>;

/** Colours on a terminal only; NO_COLOR and FORCE_COLOR have the last word (https://no-color.org). */
export function coloursFor(stream: NodeJS.WriteStream): Colours {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return picocolors.createColors(false);
  if (FORCE_COLOR) return picocolors.createColors(true);
  return picocolors.createColors(isTerminal(stream) && TERM !== 'dumb');
}

export function isTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true;
}
