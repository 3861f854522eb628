const BEGIN = '<!-- peers: written by `npm run bench -- peers` -->';
const END = '<!-- /peers -->';

/** The README with the compact table between its marks, and what goes with it; null: nothing was measured. */
export function withQuote(readme: string, table: string | null): string {
  const [before, behind] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (before === -1 || behind < before) throw new Error(`README.md has no ${BEGIN} … ${END}`);
  const quote = table === null ? '' : `${quoteOf(table)}\n\n`;
  return `${readme.slice(0, before + BEGIN.length)}\n\n${quote}${readme.slice(behind)}`;
}

function quoteOf(table: string): string {
  return `${table.trimEnd()}

![Events a second from memory, by question and engine](docs/pictures/peers-memory.svg)

[All rates, from JSON too, with machine, versions and spread](benchmarks/results/peers.md).`;
}
