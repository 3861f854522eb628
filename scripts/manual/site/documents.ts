import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** A Markdown file of the repository and its page in the site. */
export type Document = {
  readonly path: string; // from the root of the repository
  readonly url: string; // from the root of the site
  readonly title: string;
  readonly text: string;
};

export const ROOT = join(import.meta.dirname, '../../..');

const DOCUMENTS = '{README,CHANGELOG,CONTRIBUTING}.md,docs/**/*.md,examples/**/README.md,benchmarks/README.md';

export function readDocuments(): Document[] {
  const paths = globSync(DOCUMENTS.split(/,(?![^{]*\})/), { cwd: ROOT }).map(path => path.replaceAll('\\', '/'));
  return paths.sort().map(path => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    const title = /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? path;
    return { path, url: urlOf(path), title, text };
  });
}

/** `docs/language/README.md` is `docs/language/index.html`: a folder's page. */
function urlOf(path: string): string {
  const name = posix.basename(path, '.md');
  return posix.join(posix.dirname(path), `${name === 'README' ? 'index' : name}.html`);
}
