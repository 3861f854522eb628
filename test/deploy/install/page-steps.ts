/** A block of commands of a page, and what they printed where the page shows it. */
export type PageStep = { readonly line: number; readonly commands: string; readonly output: string | null };

/** The `sh` blocks of a page in order, each with the `text` block right behind it. */
export function stepsOf(page: string): PageStep[] {
  const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  return blocks.flatMap((block, index) => {
    if (block[1] !== 'sh') return [];
    const next = blocks[index + 1];
    const between = next === undefined ? 'none' : page.slice(block.index + block[0].length, next.index);
    return [
      {
        line: page.slice(0, block.index).split('\n').length,
        commands: block[2]!,
        output: next?.[1] === 'text' && between.trim() === '' ? next[2]! : null,
      },
    ];
  });
}

/** Without what is another on each day and machine: numbers but those of metrics, durations, the width of columns. */
export function comparable(output: string): string {
  if (output.startsWith('millrace_')) return output;
  return output
    .replaceAll(/\d+(?:[.,:]\d+)*/g, '#')
    .replaceAll(/#(?: (?:d|h|min|s|ms)\b(?: #)?)+/g, '#')
    .replaceAll(/ +/g, ' ')
    .trim();
}
