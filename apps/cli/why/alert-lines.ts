import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Severity } from '../../../dsl/plan.ts';
import type { AlertChange } from '../../../engine/operator.ts';
import type { KeptAlert } from './kept-alert.ts';
import { isoUs } from './times.ts';

/** Alerts of lines of JSON, as `run --json` and routes write them, CloudEvents of NATS among them; other lines are passed over. */
export async function alertsOfLines(
  input: NodeJS.ReadableStream,
  isWanted: (id: string) => boolean = () => true,
): Promise<KeptAlert[]> {
  const found: KeptAlert[] = [];
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const alert = alertOf(line);
    if (alert !== null && isWanted(alert.id)) found.push(alert);
  }
  return found;
}

export async function alertsOfFile(path: string, isWanted?: (id: string) => boolean): Promise<KeptAlert[]> {
  return await alertsOfLines(createReadStream(path), isWanted);
}

/** Null: it is no change of an alert. */
export function alertOf(line: string): KeptAlert | null {
  const parsed = parsedJson(line);
  const json = isObject(parsed) && isObject(parsed['data']) ? parsed['data'] : parsed;
  return isObject(json) && json['type'] === 'alert' ? keptAlertOf(json) : null;
}

/** With the members that a line has; null: one of those that it needs is not there. */
export function keptAlertOf(json: Readonly<Record<string, unknown>>): KeptAlert | null {
  const { id, rule, key, level, change, time, message, by, comment, provenance } = json;
  const timeUs = typeof time === 'string' ? isoUs(time) : Number.NaN;
  if (typeof id !== 'string' || typeof rule !== 'string' || !isObject(key) || Number.isNaN(timeUs)) return null;
  const version = isObject(provenance) ? provenance['rule_version'] : null;
  return {
    id,
    rule,
    key: key as KeptAlert['key'], // as: what a line of an alert has
    changes: [
      {
        change: change as AlertChange['change'], // as above
        level: level as Severity,
        timeUs,
        message: String(message),
        ...(typeof by === 'string' ? { by } : {}),
        ...(typeof comment === 'string' ? { comment } : {}),
        ruleVersion: typeof version === 'string' ? version : null,
      },
    ],
  };
}

function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
