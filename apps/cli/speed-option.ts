import { InvalidArgumentError } from 'commander';

/** Event time against real time. */
export type Speed = number | 'max';

export function parseSpeed(text: string): Speed {
  if (text === 'max') return 'max';
  const match = /^(\d+(?:\.\d+)?)x$/.exec(text);
  const speed = Number(match?.[1]);
  if (!(speed > 0)) throw new InvalidArgumentError('It is 1x, 60x or another factor, or max.');
  return speed;
}
