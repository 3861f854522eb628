/**
 * Draws the pictures of the language's pages, writes the pages of functions and of settings and what the Helm chart has of other files
 * again, and builds all documents to a site in `site/`.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chartFiles } from './chart-files.ts';
import { FUNCTIONS_PAGE, functionsPage } from './functions-page.ts';
import { drawPictures, PICTURES_FOLDER } from './pictures.ts';
import { SETTINGS_PAGE, settingsPage } from './settings-page.ts';
import { buildSite } from './site/build-site.ts';
import { ROOT } from './site/documents.ts';

const SITE_FOLDER = join(ROOT, 'site');

const pictures = drawPictures();
mkdirSync(PICTURES_FOLDER, { recursive: true });
for (const [name, svg] of pictures) writeFileSync(join(PICTURES_FOLDER, name), svg);
writeFileSync(FUNCTIONS_PAGE, functionsPage());
writeFileSync(SETTINGS_PAGE, settingsPage());
for (const [path, text] of chartFiles()) writeFileSync(path, text);

const { files, brokenLinks } = buildSite();
rmSync(SITE_FOLDER, { recursive: true, force: true });
for (const [path, content] of files) {
  mkdirSync(dirname(join(SITE_FOLDER, path)), { recursive: true });
  writeFileSync(join(SITE_FOLDER, path), content);
}
process.stdout.write(
  `${pictures.size} pictures in docs/language/pictures, ${files.size} files in site/: open site/index.html\n`,
);
for (const link of brokenLinks) process.stderr.write(`broken link: ${link}\n`);
if (brokenLinks.length > 0) process.exitCode = 1;
