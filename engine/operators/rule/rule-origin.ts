/** What a rule's alerts say of where they come from: the same of all rules of a form, but for the details. Its slots are those of the rows' frame. */
export type RuleOrigin = {
  /** Whose rows the rule reads. */
  readonly stream: string;
  /** What a stored event is known by; null: the rows are no events of a stored stream. */
  readonly identity: IdentitySlots | null;
  /** Where a row is of a match: the rows that are bound. */
  readonly bound: readonly BoundSlots[];
  /** Where a row is of a pane: the pane's end. */
  readonly until: number | null;
  /** Found when the rule first raises. */
  readonly details: () => RuleDetails;
};

export type IdentitySlots = { readonly source: number; readonly sequence: number; readonly item: number };

export type BoundSlots = { readonly stream: string; readonly time: number; readonly identity: IdentitySlots | null };

export type RuleDetails = {
  readonly version: string;
  /** How far the ranges of its conditions look back, the longest first. */
  readonly rangesUs: readonly number[];
};
