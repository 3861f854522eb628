import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Plan } from '../../../dsl/plan.ts';
import type { Settings } from '../../settings/settings.ts';
import { openAlerts } from '../actions/alert-book.ts';
import { CommandLineError } from '../command-line-error.ts';
import { duckDbFileOf } from '../store-option.ts';
import { alertsOfFile, alertsOfLines, keptAlertOf } from './alert-lines.ts';
import { type KeptAlert, merged } from './kept-alert.ts';

export type AlertPlaces = {
  readonly plan: Plan;
  readonly settings: Settings;
  /** As options name them. */
  readonly store: string | undefined;
  readonly state: string | undefined;
};

/**
 * The one alert that is asked about: by the beginning of its id, wherever alerts are kept, or in a file of lines, or on standard
 * input. NATS is asked last. Errors: MR7320 there is none · MR7321 there are several · MR7325 lines without one.
 */
export async function findAlert(alert: string, places: AlertPlaces): Promise<KeptAlert> {
  if (alert === '-') return onlyOf(await alertsOfLines(process.stdin), 'standard input');
  if (existsSync(alert)) return onlyOf(await alertsOfFile(alert), alert);
  const beginning = alert.toLowerCase();
  if (!/^[0-9a-f]{1,32}$/.test(beginning)) {
    const hint = 'an id is of digits and letters from a to f, as `millrace alerts` shows it; `-` reads a line of JSON';
    throw new CommandLineError('MR7320', `${JSON.stringify(alert)} is neither a file nor the beginning of an id`, hint);
  }
  const isWanted = (id: string) => id.startsWith(beginning);
  const looked: string[] = [];
  const found = [
    ...(await ofStore(`starts_with(id, '${beginning}')`, places, looked)),
    ...(await ofRoutedFiles(isWanted, places, looked)),
    ...ofState(isWanted, places, looked),
  ];
  const here = merged(found);
  // What is here is not asked for over the network.
  const alerts = here.length > 0 ? here : merged(await ofNats(isWanted, places, looked));
  if (alerts.length === 1) return alerts[0]!;
  if (alerts.length > 1) {
    const shown = alerts.slice(0, 5).map(({ id, rule }) => `${id} of ${rule}`);
    throw new CommandLineError(
      'MR7321',
      `${alerts.length} alerts begin with ${alert}: ${shown.join(', ')}`,
      'give more of the id',
    );
  }
  throw new CommandLineError(
    'MR7320',
    `no alert begins with ${alert}`,
    looked.length === 0
      ? 'no place keeps alerts: name the store (--store), the state (--state), or a file of their lines'
      : `looked in ${looked.join(', ')}`,
  );
}

/** Those of a rule, in the log of the store and in files that routes write. */
export async function keptAlertsOf(rule: string, places: AlertPlaces): Promise<readonly KeptAlert[]> {
  const logged = await ofStore(`rule = '${rule}'`, places, []); // a name of a rule has no quotation mark
  const routed = await ofRoutedFiles(() => true, places, []);
  return merged([...logged, ...routed.filter(alert => alert.rule === rule)]);
}

function onlyOf(found: readonly KeptAlert[], where: string): KeptAlert {
  const alerts = merged(found);
  if (alerts.length === 1) return alerts[0]!;
  if (alerts.length === 0) {
    const hint = 'a line is JSON with `"type":"alert"`, as `run --json` and routes write it';
    throw new CommandLineError('MR7325', `${where} has no line of an alert`, hint);
  }
  throw new CommandLineError('MR7321', `${where} has lines of ${alerts.length} alerts`, 'give those of one, or its id');
}

/** `condition`: over the columns of the log. */
async function ofStore(condition: string, { settings, store }: AlertPlaces, looked: string[]): Promise<KeptAlert[]> {
  const where = store ?? settings.store;
  if (where !== undefined && !/^duckdb($|:)/.test(where)) return [];
  const path = duckDbFileOf(where);
  if (!existsSync(path)) return [];
  looked.push(path);
  const { runQuery } = await import('../../../connectors/duckdb/query.ts'); // only who needs it loads it
  const log = await runQuery(path, "SELECT view_name FROM duckdb_views() WHERE view_name = 'alerts'");
  const hasLog = (await rowsOf(log)).length > 0;
  if (!hasLog) return [];
  const result = await runQuery(path, `SELECT * FROM alerts WHERE ${condition} ORDER BY time`);
  return (await rowsOf(result)).flatMap(row => {
    const parsed = (name: string): unknown => JSON.parse(String(row[name] ?? null));
    return keptAlertOf({ ...row, key: parsed('key'), provenance: parsed('provenance') }) ?? [];
  });
}

async function rowsOf({
  columns,
  pages,
  close,
}: Awaited<ReturnType<typeof import('../../../connectors/duckdb/query.ts').runQuery>>): Promise<
  Readonly<Record<string, unknown>>[]
> {
  const rows: Readonly<Record<string, unknown>>[] = [];
  try {
    for await (const page of pages) {
      rows.push(...page.map(cells => Object.fromEntries(cells.map((cell, i) => [columns[i]!, cell]))));
    }
  } finally {
    await close();
  }
  return rows;
}

async function ofRoutedFiles(
  isWanted: (id: string) => boolean,
  { plan }: AlertPlaces,
  looked: string[],
): Promise<KeptAlert[]> {
  const found: KeptAlert[] = [];
  for (const node of plan.nodes) {
    if (node.kind !== 'route' || node.input !== 'alerts' || node.target.connector !== 'file') continue;
    const path = resolve(node.target.directory, node.target.address ?? '');
    if (!existsSync(path)) continue;
    looked.push(path);
    found.push(...(await alertsOfFile(path, isWanted)));
  }
  return found;
}

async function ofNats(
  isWanted: (id: string) => boolean,
  { plan, settings }: AlertPlaces,
  looked: string[],
): Promise<KeptAlert[]> {
  const addresses = plan.nodes.flatMap(node =>
    node.kind === 'route' && node.input === 'alerts' && node.target.connector === 'nats'
      ? (node.target.address ?? [])
      : [],
  );
  if (addresses.length === 0) return [];
  const { publishedAlerts } = await import('./published-alerts.ts'); // the client of NATS takes a while to load
  const found: KeptAlert[] = [];
  for (const address of addresses) {
    looked.push(`NATS ${address}`);
    found.push(...(await publishedAlerts(address, { settings: settings.nats, isWanted })));
  }
  return found;
}

function ofState(isWanted: (id: string) => boolean, { settings, state }: AlertPlaces, looked: string[]): KeptAlert[] {
  const directory = state === undefined ? settings.stateDirectory : resolve(state);
  if (directory === null) return [];
  looked.push(directory);
  return openAlerts(directory)
    .filter(({ id }) => isWanted(id))
    .map(({ id, rule, key, level, sinceUs, message }) => ({
      id,
      rule,
      key,
      changes:
        sinceUs === null ? [] : [{ change: 'raised' as const, level, timeUs: sinceUs, message, ruleVersion: null }],
    }));
}
