/** Draws the pictures of the language's pages again. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawPictures, PICTURES_FOLDER } from './pictures.ts';

const pictures = drawPictures();
mkdirSync(PICTURES_FOLDER, { recursive: true });
for (const [name, svg] of pictures) writeFileSync(join(PICTURES_FOLDER, name), svg);
process.stdout.write(`${pictures.size} pictures in docs/language/pictures\n`);
