import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const KEPT_CHARACTERS = 100_000; // of what a command says; the rest is dropped

/**
 * Runs a program to its end and gives what it wrote. Throws where it is missing, fails or takes too long; the message is
 * one line.
 *
 * @param {string} program
 * @param {readonly string[]} commandLine
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number }} [options]
 * @returns {Promise<string>} standard output
 */
export function runCommand(program, commandLine, { cwd, env, timeoutMs = 10_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, commandLine, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let out = '';
    let err = '';
    child.stdout.on('data', chunk => {
      if (out.length < KEPT_CHARACTERS) out += chunk;
    });
    child.stderr.on('data', chunk => {
      if (err.length < KEPT_CHARACTERS) err += chunk;
    });
    child.on('error', error => reject(new Error(`${program} cannot be run: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(out);
      else if (signal === 'SIGKILL') reject(new Error(`took longer than ${timeoutMs / 1000} s`));
      else reject(new Error(lastLine(err) ?? lastLine(out) ?? `exit code ${code ?? signal}`));
    });
  });
}

/**
 * @param {string} name
 * @returns {string | null} the path of a program on the PATH
 */
export function programOnPath(name) {
  const names = process.platform === 'win32' ? [`${name}.exe`, `${name}.cmd`, `${name}.bat`] : [name];
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder === '') continue;
    const found = names.map(file => join(folder, file)).find(isFile);
    if (found !== undefined) return found;
  }
  return null;
}

function isFile(path) {
  return existsSync(path) && statSync(path).isFile();
}

function lastLine(text) {
  return text.trim().split('\n').at(-1)?.trim().slice(0, 300) || undefined;
}
