import { execFileSync } from 'node:child_process';

/**
 * A day of three motors, a reading a minute. Each hour every motor is at 83 degC for 10 minutes, as motors are under load. m1 and m2
 * overheat in faults that are known, to 90 and 94 degC.
 */
export const FAULTS = [
  { device: 'm1', fromMinute: 200, minutes: 20, peak: 90 },
  { device: 'm1', fromMinute: 800, minutes: 20, peak: 94 },
  { device: 'm2', fromMinute: 500, minutes: 20, peak: 90 },
] as const;

export const DEVICES = ['m1', 'm2', 'm3'] as const;

export function readings(): string {
  const lines = ['device,temp,at'];
  for (let minute = 0; minute < MINUTES; minute++) {
    for (const device of DEVICES) lines.push(`${device},${tempOf(device, minute)},${timeOf(minute)}`);
  }
  return `${lines.join('\n')}\n`;
}

export function labels(): string {
  const lines = FAULTS.map(
    ({ device, fromMinute, minutes }, index) =>
      `overheating,${device},${timeOf(fromMinute)},${timeOf(fromMinute + minutes)},fault ${index + 1}`,
  );
  return `rule,device,from,to,name\n${lines.join('\n')}\n`;
}

/** `limit`: as the file writes it. */
export function rules(limit: string, more = ''): string {
  return `let limit = ${limit}
stream motor from file "readings.csv" { key device: symbol  temp: float degC  time at as iso }
rule overheating on motor { high when temp > limit for 2m  clear when temp < 75 degC  message "{device} is at {temp}" }
${more}`;
}

/** A repository in a folder, with all files in it committed. */
export function commitAll(folder: string, message: string): void {
  const git = (...words: readonly string[]) => execFileSync('git', ['-C', folder, ...words], { stdio: 'pipe' });
  git('init', '--quiet');
  git('add', '--all');
  git('-c', 'user.name=Eva', '-c', 'user.email=eva@example.com', 'commit', '--quiet', '--message', message);
}

function tempOf(device: string, minute: number): number {
  const fault = FAULTS.find(
    one => one.device === device && minute >= one.fromMinute && minute < one.fromMinute + one.minutes,
  );
  if (fault !== undefined) return fault.peak;
  return minute % 60 >= 40 && minute % 60 < 50 ? 83 : 70;
}

export function timeOf(minute: number): string {
  return new Date(Date.UTC(2026, 2, 2) + minute * 60_000).toISOString();
}

const MINUTES = 1_440;
