import type { ChildProcess } from 'node:child_process';
import { jsonLines, startMillrace } from './millrace.ts';

export const STATE = ['--state', 'state'];

export type Change = Record<string, unknown>;

/** A run of `rules.mill` with two workers, and the changes of alerts that it has said so far. */
export function startRun(cwd: string) {
  const run: ChildProcess = startMillrace(['run', 'rules.mill', '--json', '--workers', '2', ...STATE], { cwd });
  let out = '';
  let err = '';
  const heard: (() => void)[] = [];
  run.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    for (const wake of heard.splice(0)) wake();
  });
  run.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
  const changes = (): Change[] =>
    jsonLines(out.slice(0, out.lastIndexOf('\n') + 1)).filter(({ type }) => type === 'alert');
  const ended = new Promise<void>(resolve => run.once('exit', () => resolve()));
  const end = async (signal: 'SIGINT' | 'SIGKILL') => {
    run.kill(signal);
    await ended;
  };
  return {
    changes,
    errors: () => err,
    until: async (isThere: (changes: Change[]) => boolean) => {
      while (!isThere(changes())) await new Promise<void>(resolve => heard.push(resolve));
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGINT'),
  };
}

export function reading(id: string, x: number): string {
  return JSON.stringify({ id, x, ts: Date.now() });
}

export function keyOf(change: Record<string, unknown>): string {
  return (change['key'] as { id: string }).id;
}
