/** What a construct costs: rules with it, beside rules that do the same without. */
export type RulePair = {
  readonly name: string;
  readonly keys: number;
  readonly events: number;
  readonly with: string;
  readonly without: string;
  /** Rows of the table `devices`, by key; the first keys of the stream have one. */
  readonly tableRows?: number;
  /** Alerts of these rules, and no others, are the same in both. */
  readonly same: readonly string[];
};

const TABLE = 'table devices from file "devices.csv" key device: symbol { limit: float  commissioned: bool }\n';
const PLAIN = 'rule hot on s { high when temperature > 110 }\n';
const SWINGING = 'rule warm on s { medium when temperature > 72';
const HELD = 'rule warm on s { medium when temperature > 72 for 12s';

export const RULE_PAIRS: readonly RulePair[] = [
  {
    name: 'lookup',
    keys: 10_000,
    events: 2_000_000,
    with: `${TABLE}rule hot on s lookup d = devices[device] { high when temperature > d.limit }`,
    without: PLAIN,
    tableRows: 10_000,
    same: ['hot'],
  },
  {
    name: 'lookup-two-fields',
    keys: 10_000,
    events: 2_000_000,
    with: `${TABLE}rule hot on s lookup d = devices[device] { high when d.commissioned and temperature > d.limit }`,
    without: PLAIN,
    tableRows: 10_000,
    same: ['hot'],
  },
  {
    name: 'silence',
    keys: 100_000,
    events: 2_000_000,
    with: `${PLAIN}rule silent on silence of s for 60s { medium }`,
    without: PLAIN,
    same: ['hot'],
  },
  {
    name: 'silence-expected-by',
    keys: 100_000,
    events: 2_000_000,
    with: `${TABLE}${PLAIN}rule silent on silence of s for 60s expected by devices { medium }`,
    without: PLAIN,
    tableRows: 100_000,
    same: ['hot'],
  },
  {
    name: 'escalate',
    keys: 10_000,
    events: 2_000_000,
    with: `${HELD}  escalate to high after 20s unless acked }`,
    without: `${HELD} }`,
    same: [],
  },
  {
    name: 'latch',
    keys: 10_000,
    events: 2_000_000,
    // Each swing is told in both: as level and returned, or as raised and cleared.
    with: `${SWINGING}  latch }`,
    without: `${SWINGING} }`,
    same: ['warm'],
  },
];
