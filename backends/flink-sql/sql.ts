/** An expression as text, and how strongly its outermost operator binds. */
export type Sql = {
  readonly text: string;
  readonly binding: number;
  /** Computed in doubles; otherwise a literal of a decimal type, a whole number, or no number. */
  readonly isDouble: boolean;
};

/** Weak to strong, as SQL has it. */
export const BINDING = { or: 1, and: 2, not: 3, compare: 4, sum: 5, product: 6, sign: 7, atom: 8 } as const;

export function atom(text: string, isDouble = false): Sql {
  return { text, binding: BINDING.atom, isDouble };
}

/** In brackets where an operator around it binds more strongly. */
export function within({ text, binding }: Sql, outer: number): string {
  return binding < outer ? `(${text})` : text;
}
