import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { ownFiles, textOf } from './tree.ts';

test('a file is named by its concept', () => {
  const source = ownFiles('{dsl,engine,connectors,backends,apps,benchmarks,examples,test,scripts}/**/*.{ts,js}');
  const vague = /^(utils?|helpers?|common|misc|shared)\.[jt]s$/;
  expect(source.filter(file => vague.test(basename(file)))).toEqual([]);
  expect(source.filter(file => !/^[a-z0-9-]+(\.[a-z]+)*\.[jt]s$/.test(basename(file)))).toEqual([]);
});

test('the lockfile names no registry', () => {
  const lockfile = textOf('package-lock.json');
  expect(lockfile).not.toContain('"resolved"');
  expect(lockfile).not.toMatch(/registry\./);
});

test('versions are pinned', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(textOf('package.json'));
  const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(versions.filter(version => !/^\d+\.\d+\.\d+(?:-r\.\d+)?$/.test(String(version)))).toEqual([]);
});
