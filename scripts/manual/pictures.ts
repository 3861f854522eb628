import { join } from 'node:path';
import { compile } from '../../dsl/compile.ts';
import { type PageExample, pageExamples } from './page-examples.ts';
import { drawTimeline } from './timeline/draw-timeline.ts';
import { timelineOf } from './timeline/timeline.ts';

export const PICTURES_FOLDER = join(import.meta.dirname, '../../docs/language/pictures');

/** The pictures of the language's pages by file name: each shows what the engine does in the test of the example above it. */
export function drawPictures(): ReadonlyMap<string, string> {
  const shown = pageExamples().filter(example => example.picture !== null);
  return new Map(shown.map(example => [example.picture!, drawPicture(example)]));
}

function drawPicture({ document, line, text, picture }: PageExample): string {
  const { plan, tests } = compile({ file: document, text });
  const [test] = tests;
  if (plan === null || test === undefined) {
    throw new Error(`${document}:${line}: ${picture} needs a rule text without errors that has a test`);
  }
  return drawTimeline(timelineOf(plan, test));
}
