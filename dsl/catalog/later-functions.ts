type LaterFunction = { readonly code: string; readonly instead?: string };

/** Names of the language that this version cannot run yet, with what can be written instead today. */
export const LATER_FUNCTIONS: Readonly<Record<string, LaterFunction>> = {
  forecast: { code: 'MR8004' },
  time_to: { code: 'MR8004' },
  runs_out: { code: 'MR8004' },
};
