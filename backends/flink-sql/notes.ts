/** Where Flink's result can differ from ours, said where it concerns a statement; docs/flink.md has all of it. */
export const NOTES = {
  source: "One watermark for all keys, of milliseconds; `idle` and `future` are the connector's business.",
  window: 'A pane closes by the watermark of all keys, and at the end of the input those that are open close, too.',
  arrival: 'FIRST_VALUE and LAST_VALUE of a pane go by arrival.',
  range: 'Of events at one instant, each sees all of them.',
  variance: 'STDDEV_SAMP and VAR_SAMP are computed from sums of squares: near-constant values lose digits.',
  match: 'Events at one instant are in order of arrival; there is no bound on partial matches.',
  join: 'Rows at one instant are paired whatever their order; there is no bound on rows that wait.',
  merge: 'Events of several streams at one instant are in order of arrival, not of the file.',
  rule: "Changes of alerts, without ids, messages and operators' actions.",
} as const;

export type Note = keyof typeof NOTES;
