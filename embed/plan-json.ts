/**
 * Rules once they are compiled, as plain JSON: to keep, to send to where they run, to start. What its nodes are is the engine's
 * business, and `start` checks them (MR7010); another `version` has other ones.
 */
export type PlanJson = { readonly version: number; readonly nodes: readonly Readonly<Record<string, unknown>>[] };
