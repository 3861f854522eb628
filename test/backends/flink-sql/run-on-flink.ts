import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { findFlink } from '../../../scripts/find-flink.js';
import { runCommand } from '../../../scripts/services/run-command.js';
import { SHORT_LIVED } from '../../../scripts/services/index.js';
import { jsonLines, millrace } from '../../apps/millrace.ts';

/** A column by its name; times are microseconds. */
export type FlatRow = Readonly<Record<string, unknown>>;

/** What both gave for a rule file, by the name of a route's file: that of the stream, or `alerts`. */
export type BothRuns = {
  readonly ours: (file: string) => FlatRow[];
  readonly flink: (file: string) => FlatRow[];
};

/** The text of a rule file that reads `readings.json` and writes files of its own folder. */
export type Program = { readonly rules: string; readonly readings: readonly object[] };

const TIMEOUT_MS = 8 * 60_000; // of a busy machine; alone it takes a tenth
const DRIVER = join(import.meta.dirname, 'RunScripts.java');
const SINK = "'connector' = 'filesystem', 'path' = 'NUMBER/flink/{stream}', 'format' = 'json'";
const SOURCE = "'connector' = 'filesystem', 'path' = 'NUMBER/readings.json', 'format' = 'json'";

/** Flink's classes reach into those of Java, which has to be allowed. */
const OPENED = ['java.lang', 'java.util'].map(name => `--add-opens=java.base/${name}=ALL-UNNAMED`);

/** Runs rule files over readings: by us, and as exported scripts by Flink, all in one process. It also plans other scripts. */
export async function runOnBoth(
  programs: readonly Program[],
  { planned }: { readonly planned: readonly string[] },
): Promise<{ readonly runs: readonly BothRuns[]; readonly remove: () => void }> {
  const { java, jars } = await findFlink();
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flink-'));
  programs.forEach((program, number) => prepare(folder, String(number), program));
  const scripts = programs.map((_, number) => join(String(number), 'script.sql'));
  await runCommand(
    java,
    [...OPENED, ...SHORT_LIVED, '-XX:+UseSerialGC', '-cp', join(jars, '*'), DRIVER, ...scripts, '--plan', ...planned],
    {
      cwd: folder,
      timeoutMs: TIMEOUT_MS,
    },
  );
  const runs = programs.map((_, number) => ({
    ours: (file: string) => ourRows(join(folder, String(number), file)),
    flink: (file: string) => flinkRows(join(folder, String(number), 'flink', file)),
  }));
  return { runs, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Our run, and the script for Flink's. */
function prepare(folder: string, number: string, { rules, readings }: Program): void {
  const cwd = join(folder, number);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'rules.mill'), rules);
  writeFileSync(join(cwd, 'readings.json'), readings.map(reading => `${JSON.stringify(reading)}\n`).join(''));
  succeed(['run', 'rules.mill'], cwd);
  const templates = ['--source-with', SOURCE.replace('NUMBER', number), '--sink-with', SINK.replace('NUMBER', number)];
  succeed(['export', 'rules.mill', '--to', 'flink-sql', '--out', 'script.sql', ...templates], cwd);
}

function succeed(commandLine: readonly string[], cwd: string): void {
  const { code, err } = millrace(commandLine, { cwd });
  if (code !== 0) throw new Error(`millrace ${commandLine.join(' ')}\n${err}`);
}

function ourRows(file: string): FlatRow[] {
  return jsonLines(readFileSync(file, 'utf8')).map(line => {
    const { key, values, time, type, rule, change, level } = line as Record<string, never>;
    const shown = type === 'alert' ? { rule, change, severity: level } : (values as object);
    return { ...(key as object), ...shown, time: microseconds(time) };
  });
}

function flinkRows(folder: string): FlatRow[] {
  const parts = readdirSync(folder).filter(name => basename(name).startsWith('part-'));
  const text = parts.map(name => readFileSync(join(folder, name), 'utf8')).join('');
  return jsonLines(text).map(row =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, isTime(value) ? microseconds(value) : value])),
  );
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
}

function microseconds(time: string): number {
  return Date.parse(time) * 1000;
}
