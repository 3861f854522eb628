import { textOf } from '../../repository/tree.ts';

type Schema = {
  readonly title?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly 'x-secret'?: true;
};

/** Settings that the chart sets itself, so that values may not. */
const SET_BY_CHART = ['rules', 'state', 'stop', 'http', 'journal.directory'];

const published: Schema = JSON.parse(textOf('docs/millrace.schema.json'));

/** The schema of settings, less what the chart sets and secrets, whose place is a Secret. */
export function settingsOfValues(): Schema {
  const { $schema: _, ...schema } = without(published, []) as Schema & { readonly $schema: string };
  return schema;
}

function without(schema: Schema, path: readonly string[]): Schema {
  if (schema.properties === undefined || schema.title?.includes('{ file: FILE }') === true) return schema;
  const kept = Object.entries(schema.properties).filter(
    ([name, setting]) => !SET_BY_CHART.includes([...path, name].join('.')) && setting['x-secret'] !== true,
  );
  return {
    ...schema,
    properties: Object.fromEntries(kept.map(([name, setting]) => [name, without(setting, [...path, name])])),
  };
}
