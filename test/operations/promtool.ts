import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { findPrometheus } from '../../scripts/find-prometheus.js';

/** What it says; rejects where it finds something wrong. */
export async function promtool(...args: readonly string[]): Promise<string> {
  const program = join(await findPrometheus(), 'promtool');
  return await new Promise((resolve, reject) => {
    execFile(program, args, (error, out, err) => {
      if (error === null) resolve(out);
      else reject(new Error(`${out}${err}`));
    });
  });
}
