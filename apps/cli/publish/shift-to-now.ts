import { RecordReader } from '../../../connectors/file/records.ts';
import { CommandLineError } from '../command-line-error.ts';
import type { Speed } from '../speed-option.ts';
import type { Recording } from './recording.ts';

/**
 * By how much times are moved, so that no record is ahead of the moment at which it is sent, and the newest is of about that
 * moment. Whole minutes, so that windows of a minute hold the same records as those of the file.
 *
 * Reads the file to its end, unless it is played in real time. Errors: MR7031.
 */
export async function shiftToNow(
  recording: Recording,
  { speed, nowUs, signal }: { readonly speed: Speed; readonly nowUs: number; readonly signal: AbortSignal },
): Promise<number> {
  const factor = speed === 'max' ? Infinity : speed;
  const times = await timesOf(recording, { isFirstEnough: factor <= 1, signal });
  if (Number.isNaN(times.firstUs)) return 0;
  const newestUs = factor <= 1 ? times.firstUs : times.newestUs;
  const sentUs = nowUs + (newestUs - times.firstUs) / factor;
  return Math.floor((sentUs - newestUs) / MINUTE_US) * MINUTE_US;
}

/** Errors: MR7031. */
export function requireTime(recording: Recording, options: { readonly speed: Speed; readonly now?: true }): void {
  const { path, time } = recording;
  const option = options.now === true ? '--now' : options.speed === 'max' ? null : `--speed ${options.speed}x`;
  if (option === null) return;
  if (path === '-' && options.now === true) {
    const hint = 'save it to a file and name that';
    throw new CommandLineError(
      'MR7031',
      '--now looks through a file before it is sent, and standard input is read once',
      hint,
    );
  }
  if (time !== null) return;
  throw new CommandLineError(
    'MR7031',
    `${option} needs a time, and nothing of ${path === '-' ? 'standard input' : path} is known to be one`,
    'name rules whose stream says it (`--rules`, `time ts as ms`), or leave the option out',
  );
}

async function timesOf(
  recording: Recording,
  { isFirstEnough, signal }: { readonly isFirstEnough: boolean; readonly signal: AbortSignal },
): Promise<{ readonly firstUs: number; readonly newestUs: number }> {
  const reader = await RecordReader.open({ ...recording, shiftUs: 0 });
  const newest = new NewestTime();
  let firstUs = Number.NaN;
  try {
    for (let batch = await reader.read(signal); batch !== null; batch = await reader.read(signal)) {
      for (const { timeUs } of batch.records) {
        if (Number.isNaN(timeUs)) continue;
        if (Number.isNaN(firstUs)) firstUs = timeUs;
        newest.add(timeUs);
      }
      if (isFirstEnough && !Number.isNaN(firstUs)) break;
    }
  } finally {
    await reader.close();
  }
  return { firstUs, newestUs: newest.us };
}

/** Of times in the order of a file. A leap of more than a day is one bad date, unless the next time confirms it. */
export class NewestTime {
  us = Number.NaN; // before the first
  #unconfirmedUs = Number.NaN;

  add(timeUs: number): void {
    if (timeUs >= this.#unconfirmedUs - DAY_US) this.us = Math.max(this.us, this.#unconfirmedUs);
    this.#unconfirmedUs = Number.NaN;
    if (timeUs > this.us + DAY_US) this.#unconfirmedUs = timeUs;
    else this.us = Number.isNaN(this.us) ? timeUs : Math.max(this.us, timeUs);
  }
}

const MINUTE_US = 60e6;
const DAY_US = 86_400e6;
