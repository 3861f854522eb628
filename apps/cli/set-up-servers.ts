import { SharedConnection } from '../../connectors/nats/connection.ts';
import { applySetup, planSubjects, type SetupStep } from '../../connectors/nats/setup.ts';
import { QuestDbClient } from '../../connectors/questdb/questdb-client.ts';
import { applyTables, planTables } from '../../connectors/questdb/tables.ts';
import type { Plan } from '../../dsl/plan.ts';
import type { Series } from '../../engine/connector.ts';
import { Engine } from '../../engine/engine.ts';
import { storedSeries } from '../../engine/runtime/stored-series.ts';
import { compileFiles } from './compile-files.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { printable } from './printable.ts';
import { readSettings, type Settings } from '../settings/settings.ts';

type Line = Pick<SetupStep, 'kind' | 'text'>;

export async function setUp(files: readonly string[], isApplied: boolean): Promise<ExitCode> {
  const compiled = compileFiles(files, { later: 'warning', store: 'there' });
  if (compiled === null) return EXIT.failed;
  const settings = readSettings();
  const lines = [
    ...(await setUpStreams(compiled.plan, settings, isApplied)),
    ...(await setUpTables(compiled.plan, settings, isApplied)),
  ];
  for (const { kind, text } of lines) process.stdout.write(`${kind.padEnd(8)}  ${printable(text)}\n`);
  const changes = lines.filter(({ kind }) => kind === 'create' || kind === 'update').length;
  if (lines.length === 0) process.stdout.write('The rule file needs no stream and no table.\n');
  else if (changes > 0)
    process.stdout.write(isApplied ? `${changes} done\n` : `${changes} to do: \`--apply\` does it\n`);
  return lines.some(({ kind }) => kind === 'conflict') ? EXIT.failed : EXIT.ok;
}

/** A stream that stores what a source reads, one for what a route publishes, and one for operators' actions. */
async function setUpStreams(plan: Plan, { nats: settings }: Settings, isApplied: boolean): Promise<readonly Line[]> {
  const wanted = wantedSubjects(plan, settings.actions);
  if (wanted.length === 0) return [];
  const connection = new SharedConnection(settings);
  const steps = await planSubjects({ settings, connection, wanted });
  return isApplied ? await applySetup({ settings, connection, steps }) : steps;
}

function wantedSubjects(
  plan: Plan,
  actions: string | undefined,
): readonly { readonly subject: string; readonly name: string }[] {
  const wanted = new Map<string, string>(); // subject → name
  for (const node of plan.nodes) {
    if (node.kind === 'source' && node.connector === 'nats') wanted.set(node.address, streamName(node.id));
    if (node.kind === 'route' && node.target.connector === 'nats') {
      const tokens = node.target.address!.split('.').map(token => (token.includes('{') ? '*' : token));
      wanted.set(tokens.join('.'), streamName(tokens[0]!));
    }
  }
  if (actions !== undefined) wanted.set(actions, streamName(actions.split('.')[0]!));
  return [...wanted].map(([subject, name]) => ({ subject, name }));
}

function streamName(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9_-]/g, '_');
}

/** An embedded store makes its own. */
async function setUpTables(plan: Plan, { questdb, store }: Settings, isApplied: boolean): Promise<readonly Line[]> {
  const series = seriesOf(plan);
  if (series.length === 0 || store?.startsWith('duckdb') === true || store === 'none') return [];
  const client = new QuestDbClient(questdb);
  try {
    const changes = await planTables(client, series);
    if (isApplied) await applyTables(client, changes);
    const changed = new Set(changes.map(change => change.table));
    return [
      ...changes.map(({ table, what }): Line => ({ kind: 'create', text: `table ${table}: ${what}` })),
      ...series
        .filter(({ stream }) => !changed.has(stream))
        .map(({ stream }): Line => ({ kind: 'ok', text: `table ${stream}: as wanted` })),
    ];
  } finally {
    await client.close();
  }
}

function seriesOf(plan: Plan): readonly Series[] {
  const stores = plan.nodes.filter(node => node.kind === 'store');
  const { shapes } = new Engine(plan, { rowStreams: stores.map(({ id }) => id) });
  return storedSeries(plan, node => shapes.get(node)!).map(({ series }) => series);
}
