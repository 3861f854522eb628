import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-root.ts';
import { assert } from '../../engine/errors.ts';
import { Html } from './html.ts';

/** uPlot, as its package has it. */
export function chartLibrary(): { readonly script: Html; readonly style: Html } {
  return {
    script: element(readResolved(import.meta.resolve('uplot/dist/uPlot.iife.min.js')), 'script'),
    style: element(readResolved(import.meta.resolve('uplot/dist/uPlot.min.css')), 'style'),
  };
}

/** What draws the charts: plain JavaScript, which no build step touches. */
export function pageScript(): Html {
  return element(readOwn('page.js'), 'script');
}

export function pageStyle(): Html {
  return element(readOwn('page.css'), 'style');
}

function readResolved(url: string): string {
  return readFileSync(fileURLToPath(url), 'utf8');
}

function readOwn(name: string): string {
  return readFileSync(join(packageRoot, 'apps/report/page', name), 'utf8');
}

/** As the content of an element that takes its text as it stands. */
function element(text: string, name: string): Html {
  assert(!text.toLowerCase().includes(`</${name}`), `nothing of ours ends a ${name}`);
  return new Html(text);
}
