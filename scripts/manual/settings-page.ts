import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(import.meta.dirname, '../../docs');
export const SETTINGS_PAGE = join(DOCS, 'configuration.md');

type Schema = {
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
};

/** The page of settings: the words of the schema that the reader checks with. */
export function settingsPage(): string {
  const schema: Schema = JSON.parse(readFileSync(join(DOCS, 'millrace.schema.json'), 'utf8'));
  return [INTRODUCTION, ...rows(schema, []), REST].join('\n');
}

function rows({ properties = {} }: Schema, group: readonly string[]): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = [...group, name];
    return schema.title === undefined ? rows(schema, path) : [row(path.join('.'), schema)];
  });
}

function row(name: string, { title, description, default: fallback }: Schema): string {
  const shown = fallback === undefined ? '' : `\`${String(fallback)}\``;
  return `| \`${name}\` | ${title} | ${shown} | ${description} |`;
}

const INTRODUCTION = `# Settings

\`millrace.yaml\` in the working directory, or the file that \`serve --config FILE\` names. A command line wins over the environment, and
that over the file. The table is made by \`npm run docs\` from [the schema](millrace.schema.json), which is what Millrace itself checks
with: \`millrace check millrace.yaml\` shows every mistake at once, each with its place ([MR7004](errors/MR7004.md)). An editor
that knows YAML completes and checks as you type, where the first line names the schema:

\`\`\`yaml
# yaml-language-server: $schema=./node_modules/millrace/docs/millrace.schema.json
state: .millrace
workers: auto
checkpoint: { every: 5s }
memory: { total: 2GB, rule: 256MB }
store: questdb
nats: { servers: ["nats://127.0.0.1:4222"], user: millrace, password: { file: /run/secrets/nats } }
questdb: { url: "http://127.0.0.1:9000" }
\`\`\`

| setting | is | default | meaning |
|---|---|---|---|`;

const REST = `
Durations are \`500ms\`, \`10s\`, \`15m\`, \`12h\`, \`7d\`, \`2w\`; sizes \`500MB\` (powers of 1,000) or \`1GiB\` (of 1,024); numbers of
keys or messages \`16384\`, \`500k\`, \`2M\`. Relative paths start at the folder of the file.

## Environment

Each setting has a variable, which wins over the file: its name in capitals behind \`MILLRACE_\`, with \`_\` where a group or a word
begins. \`http.port\` is \`MILLRACE_HTTP_PORT\`, \`journal.maxSize\` is \`MILLRACE_JOURNAL_MAX_SIZE\`. Items of a list are separated by commas; an
empty variable says nothing; relative paths start at the working directory. \`MILLRACE_NATS_URL\` is \`MILLRACE_NATS_SERVERS\`.

## Secrets

A password, a token or a seed need not stand in the file: \`password: { file: /run/secrets/nats }\` names a file that holds it
(relative to the settings; a line break at its end does not count), and \`MILLRACE_NATS_PASSWORD_FILE\` does the same from the
environment. Such a file is read when the program starts. Messages about settings show dots where a secret stands.
`;
