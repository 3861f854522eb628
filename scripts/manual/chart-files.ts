import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const CHART = join(ROOT, 'deploy/helm/millrace');
const VALUES_SCHEMA = join(CHART, 'values.schema.json');

type Schema = {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly 'x-secret'?: true;
};

/** Settings that the chart sets itself, so that values may not. */
const SET_BY_CHART = ['rules', 'state', 'stop', 'http', 'journal.directory', 'cluster.name', 'cluster.process'];

/** Files of the Helm chart that are made of others, by path: it can reach nothing outside its folder. */
export function chartFiles(): ReadonlyMap<string, string> {
  return new Map([
    [join(CHART, 'files/alerts.yaml'), readFileSync(join(ROOT, 'docs/operations/alerts.yaml'), 'utf8')],
    [join(CHART, 'files/dashboard.json'), readFileSync(join(ROOT, 'docs/operations/grafana-dashboard.json'), 'utf8')],
    [VALUES_SCHEMA, valuesSchema()],
  ]);
}

/** As it is, with the settings of today: less what the chart sets, and less secrets, which are named by their variables. */
function valuesSchema(): string {
  const { $schema: _, ...published } = JSON.parse(readFileSync(join(ROOT, 'docs/millrace.schema.json'), 'utf8'));
  const schema = JSON.parse(readFileSync(VALUES_SCHEMA, 'utf8'));
  schema.properties.settings = settingsOfValues(published, []);
  schema.properties.secrets.propertyNames.enum = secretVariables(published, ['MILLRACE']);
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function settingsOfValues(schema: Schema, path: readonly string[]): Schema {
  if (isSetting(schema) && path.length > 0) return schema;
  const kept = Object.entries(schema.properties ?? {}).filter(
    ([name, setting]) => !SET_BY_CHART.includes([...path, name].join('.')) && setting['x-secret'] !== true,
  );
  const properties = kept.map(([name, setting]) => [name, settingsOfValues(setting, [...path, name])]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

function secretVariables({ properties = {} }: Schema, words: readonly string[]): string[] {
  return Object.entries(properties).flatMap(([name, setting]) => {
    const path = [...words, name.replaceAll(/[A-Z]/g, letter => `_${letter}`).toUpperCase()];
    if (!isSetting(setting)) return secretVariables(setting, path);
    return setting['x-secret'] === true ? [path.join('_')] : [];
  });
}

/** A group has no title. */
function isSetting({ title }: Schema): boolean {
  return title !== undefined;
}
