import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownFiles, root, textOf } from './tree.ts';

const documents = ownFiles('{*.md,docs/**/*.md,examples/**/*.md}');
const source = ownFiles('{bin,scripts,dsl,engine,connectors,backends,embed,apps,examples}/**/*.{ts,js}');

describe('documents', () => {
  test('the files that the architecture names exist', () => {
    const named = [
      ...textOf('docs/ARCHITECTURE.md').matchAll(
        /`((?:dsl|engine|connectors|backends|embed|apps|bin|test)\/[\w./-]+\.\w+)`/g,
      ),
    ];
    expect(named.length).toBeGreaterThan(15);
    expect(named.map(match => match[1]!).filter(file => !existsSync(join(root, file)))).toEqual([]);
  });

  test.each(documents)('links of %s resolve', document => {
    const links = [...textOf(document).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)].map(match => match[1]!);
    const local = links.filter(link => !/^[a-z]+:/.test(link));
    expect(local.filter(link => !existsSync(join(root, posix.dirname(document), link)))).toEqual([]);
  });

  test('none has the marks of a merge that was not finished', () => {
    expect(documents.filter(document => /^(<{7}|={7}|>{7})( |$)/m.test(textOf(document)))).toEqual([]);
  });

  test('every coded error has its page', () => {
    const codes = new Set(source.flatMap(file => textOf(file).match(/\bMR[1-9]\d{3}\b/g) ?? []));
    expect([...codes].filter(code => !existsSync(join(root, `docs/errors/${code}.md`))).sort()).toEqual([]);
  });
});
