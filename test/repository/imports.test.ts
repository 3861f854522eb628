import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownFiles, textOf } from './tree.ts';

/**
 * The table of docs/ARCHITECTURE.md. The first entry whose folder holds the file says what it may import: prefixes of
 * paths from the root, and package names. Types are imports too: a border is a border.
 */
const ALLOWED: readonly { readonly in: string; readonly from: readonly string[] }[] = [
  { in: 'dsl/', from: ['dsl/'] },
  { in: 'engine/runtime/', from: ['engine/', 'dsl/plan.ts', 'node:', 'piscina'] },
  ...['operators', 'pattern', 'anomaly', 'forecast', 'expression', 'aggregates', 'functions', 'state'].map(folder => ({
    in: `engine/${folder}/`,
    from: [
      'dsl/plan.ts',
      'node:crypto', // hashes
      'engine/operator.ts',
      'engine/recorded-input.ts',
      'engine/batch.ts',
      'engine/errors.ts',
      'engine/operators/',
      'engine/pattern/',
      'engine/anomaly/',
      'engine/forecast/',
      'engine/expression/',
      'engine/aggregates/',
      'engine/functions/',
      'engine/state/',
    ],
  })),
  { in: 'engine/', from: ['engine/', 'dsl/plan.ts', 'dsl/validate-plan.ts', 'dsl/describe-', 'node:crypto'] },
  { in: 'connectors/index.ts', from: ['connectors/', 'engine/connector.ts', 'engine/disk.ts', 'engine/errors.ts'] },
  {
    in: 'connectors/',
    from: [
      'engine/connector.ts',
      'engine/shared-store.ts',
      'engine/disk.ts',
      'engine/names.ts',
      'engine/batch',
      'engine/errors.ts',
      'engine/operator.ts',
      'engine/provenance.ts',
      'engine/state/columns.ts',
      'engine/state/gather.ts',
    ],
  },
  { in: 'apps/server/metrics/', from: ['apps/server/metrics/', 'engine/', 'prom-client'] },
  { in: 'backends/', from: ['backends/', 'dsl/plan.ts', 'dsl/describe-'] },
  { in: 'embed/', from: ['embed/', 'dsl/', 'engine/', 'connectors/', 'node:'] },
  {
    in: 'apps/',
    from: [
      'apps/',
      'dsl/',
      'engine/',
      'connectors/',
      'backends/',
      'embed/',
      'scripts/services/index.js',
      'node:',
      '@opentelemetry/api',
      '@opentelemetry/exporter-trace-otlp-http',
      '@opentelemetry/resources',
      '@opentelemetry/sdk-trace',
      'ajv',
      'commander',
      'fastify',
      'picocolors',
      'pino',
      'yaml',
    ],
  },
  { in: 'scripts/services/', from: ['scripts/services/', 'node:'] }, // also part of the package
  { in: 'scripts/manual/', from: ['scripts/manual/', 'dsl/', 'engine/', 'node:', 'markdown-it'] },
];

const files = ownFiles(
  '{{dsl,engine,connectors,backends,embed,apps}/**/*.ts,scripts/services/*.js,scripts/manual/**/*.ts}',
);

describe('imports', () => {
  test.each(files)('%s', file => {
    const rule = ALLOWED.find(candidate => file.startsWith(candidate.in));
    const forbidden = importsOf(file).filter(imported => !isAllowed({ file, imported, allowed: rule?.from ?? [] }));
    expect(forbidden).toEqual([]);
  });

  test('nobody imports apps', () => {
    const importers = ownFiles('{dsl,engine,connectors,backends,embed,benchmarks}/**/*.ts')
      .filter(file => !file.startsWith('benchmarks/observability/')) // it measures what a server shows of itself
      .filter(file => importsOf(file).some(imported => imported.startsWith('apps/')));
    expect(importers).toEqual([]);
  });
});

function isAllowed({
  file,
  imported,
  allowed,
}: {
  file: string;
  imported: string;
  allowed: readonly string[];
}): boolean {
  return [...allowed, ...connectorsOwn(file)].some(prefix => imported.startsWith(prefix));
}

/** Each connector's own client libraries. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  duckdb: ['@duckdb/'],
  file: ['hyparquet', 'fzstd'],
  host: ['systeminformation'],
  nats: ['@nats-io/'],
  questdb: ['undici'],
};

/** A connector also has its own folder, the codecs, batch building, and client libraries, but no other connector. */
function connectorsOwn(file: string): string[] {
  const [folder, name] = file.split('/');
  if (folder !== 'connectors') return [];
  return [`connectors/${name}/`, 'connectors/codecs/', 'dsl/plan.ts', 'node:', ...(CLIENTS[name!] ?? [])];
}

/** Paths from the root for relative imports, names for packages. */
function importsOf(file: string): string[] {
  const imports = /^(?:import|export)\b[^;'"]*?\bfrom '([^'\n]+)'|^import '([^'\n]+)'|\bimport\('([^'\n]+)'\)/gm;
  const specifiers = [...textOf(file).matchAll(imports)].map(match => (match[1] ?? match[2] ?? match[3])!);
  return specifiers.map(specifier =>
    specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : specifier,
  );
}
