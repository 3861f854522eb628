#!/usr/bin/env node
/**
 * Starts the command line under Node 24, whatever Node (from 20 on) it was called with. In a checkout it runs the
 * TypeScript as it is; the published package has no source and runs `dist/`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { findNode24, isThisNode24 } from './node-24.js';

const source = new URL('../apps/cli/main.ts', import.meta.url);
const entry = existsSync(source) ? source : new URL('../dist/apps/cli/main.js', import.meta.url);

if (isThisNode24()) {
  const { directory } = module.enableCompileCache(); // half the time of a start
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory; // of its worker threads as well
  await import(entry.href);
} else {
  const node = findNode24();
  if (node === null) {
    process.stderr.write(
      `error: Millrace needs Node 24, this is ${process.version}, and no Node package for ${process.platform}-${process.arch} is installed\n` +
        '  = hint: `npm ci` brings it (without `--omit=optional`); or install Node 24\n',
    );
    process.exitCode = 3;
  } else {
    runUnder(node);
  }
}

function runUnder(node) {
  // Node 24.0 to 24.2 announce type stripping as experimental on every start.
  const options = ['--disable-warning=ExperimentalWarning'];
  const launcher = fileURLToPath(import.meta.url); // which loads the rest as the other Node
  const child = spawn(node, [...options, launcher, ...process.argv.slice(2)], { stdio: 'inherit' });

  // A terminal sends Ctrl-C to both; the command line treats a second signal like the first.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));

  child.on('error', error => {
    process.stderr.write(`error: cannot start ${node}: ${error.message}\n`);
    process.exitCode = 3;
  });
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}
