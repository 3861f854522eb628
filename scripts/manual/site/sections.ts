import { posix } from 'node:path';
import type { Document } from './documents.ts';

export type Section = { readonly title: string; readonly documents: readonly Document[] };

/** The first one that fits has a document; within a section they stand as the section's index page links them. */
const SECTIONS = [
  {
    title: 'Millrace',
    has: /^(?:README|CHANGELOG|docs\/(?:command-line|reports|embedding|reliability|glossary))\.md$/,
  },
  { title: 'Rule language', has: /^docs\/language\// },
  { title: 'Connectors', has: /^docs\/connectors\// },
  { title: 'Examples', has: /^examples\// },
  { title: 'Errors', has: /^docs\/errors\/README\.md$/ },
  { title: '', has: /^docs\/errors\// }, // found from the index of errors
  { title: 'Working on Millrace', has: /./ },
] as const;

export function sectionsOf(documents: readonly Document[]): Section[] {
  const sectionOf = (document: Document) => SECTIONS.find(({ has }) => has.test(document.path))!;
  const shown = SECTIONS.filter(({ title }) => title !== '');
  return shown.map(section => {
    const members = documents.filter(document => sectionOf(document) === section);
    return { title: section.title, documents: members.sort(byIndex(members)) };
  });
}

function byIndex(members: readonly Document[]): (a: Document, b: Document) => number {
  const index = members.find(({ path }) => posix.basename(path) === 'README.md');
  const placeOf = (document: Document) => {
    if (index === undefined || document === index) return index === document ? -1 : 0;
    const place = index.text.lastIndexOf(`](${posix.relative(posix.dirname(index.path), document.path)}`);
    return place === -1 ? Infinity : place;
  };
  const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return (a, b) => {
    const [placeA, placeB] = [placeOf(a), placeOf(b)];
    return placeA === placeB ? compareText(a.title, b.title) : placeA - placeB;
  };
}
