import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import { root } from '../repository/tree.ts';

export const launcher = join(root, 'bin/millrace.js');
/** What is before the words of a command. */
const START = ['--import', pathToFileURL(join(import.meta.dirname, 'quick-resolve.js')).href, launcher];

export type Result = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs the command as a user in a pipe does: no terminal, no colours. */
export function millrace(
  commandLine: readonly string[],
  options: { readonly cwd?: string; readonly input?: string; readonly env?: Record<string, string> } = {},
): Result {
  const result = spawnSync(process.execPath, [...START, ...commandLine], {
    cwd: options.cwd ?? root,
    input: options.input ?? '',
    env: environment(options.env),
    encoding: 'utf8',
    timeout: 120_000,
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

/** The same where servers have these addresses, and for as long as it takes. */
export function millraceWith(
  servers: { readonly nats: string; readonly questDb: string },
  commandLine: readonly string[],
  { cwd }: { readonly cwd: string },
): Result {
  const result = spawnSync(process.execPath, [...START, ...commandLine], {
    cwd,
    env: environment({ MILLRACE_NATS_URL: servers.nats, MILLRACE_QUESTDB_URL: servers.questDb }),
    encoding: 'utf8',
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

/** Starts the command and leaves it running; ended with the test at the latest. */
export function startMillrace(
  commandLine: readonly string[],
  options: { readonly cwd: string; readonly node?: string[] },
): ChildProcess {
  const child = spawn(process.execPath, [...(options.node ?? []), ...START, ...commandLine], {
    cwd: options.cwd,
    env: environment(),
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

/** A folder with these files, removed after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

/** The objects of `--json` output; fails where a line is not JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map(line => JSON.parse(line));
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string | undefined> {
  const { FORCE_COLOR: _, NO_COLOR: __, VITEST: ___, ...rest } = process.env;
  return { ...rest, ...more };
}
