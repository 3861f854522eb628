import type { Comment } from '../ast.ts';
import type { Span } from '../diagnostics.ts';

/** The text as its author laid it out: what the formatter asks of it. A tree without a text has no layout. */
export class Source {
  private readonly text: string;
  private readonly comments: readonly Comment[];

  constructor(text: string, comments: readonly Comment[]) {
    this.text = text;
    this.comments = comments;
  }

  /** Whether what stands at `offset` is the first thing on its line. */
  startsLine(offset: number): boolean {
    return /\n[ \t]*$/.test(this.text.slice(this.lineBefore(offset), offset));
  }

  hasBlankLineBefore(offset: number): boolean {
    let newlines = 0;
    for (let at = offset - 1; at >= 0 && /\s/.test(this.text[at]!); at--) if (this.text[at] === '\n') newlines++;
    return newlines > 1;
  }

  hasLineBreak({ start, end }: Span): boolean {
    return this.text.slice(start, end).includes('\n');
  }

  hasComment({ start, end }: Span): boolean {
    const first = this.comments[this.firstCommentBehind(start)];
    return first !== undefined && first.span.start < end;
  }

  private firstCommentBehind(offset: number): number {
    let low = 0;
    let high = this.comments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.comments[middle]!.span.start <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private lineBefore(offset: number): number {
    return Math.max(0, this.text.lastIndexOf('\n', offset - 1));
  }
}
