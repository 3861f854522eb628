import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CompiledRules, CompileRequest } from './compile-rule-set.ts';

/** Compiles on a thread of its own, so that the rules that run go on meanwhile. One set at a time. */
export async function compileOnThread(request: CompileRequest): Promise<CompiledRules> {
  // Not './compile-worker.ts': the compiled package has './compile-worker.js'.
  const file = new URL(`./compile-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(file, { workerData: request, name: 'millrace-compile' });
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', resolve);
      worker.on('error', reject);
      worker.on('exit', code => reject(new Error(`MR9001: the compiler ended with code ${code}`)));
    });
  } finally {
    await worker.terminate();
  }
}
