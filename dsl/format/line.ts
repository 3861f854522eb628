/** A line of the formatted file, before comments and blank lines are put back. */
export type Line = {
  readonly code: string;
  readonly indent: number;
  /** Where what it says began in the source: comments find their line by it. */
  readonly start: number;
  /** A statement or a member: an empty line before it stays. */
  readonly keepsBlankBefore: boolean;
  readonly bracket: 'opens' | 'closes' | null;
};

export const MAX_WIDTH = 120;

export function line(code: string, start: number, indent = 0): Line {
  return { code, indent, start, keepsBlankBefore: false, bracket: null };
}
