/** From the least to the most severe. */
export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const;
/** How bad an alert is. */
export type Severity = (typeof SEVERITIES)[number];

/**
 * What happens to an alert. `returned`: its condition is over, and it waits to be acknowledged. ARRIVAL_CHANGES are on
 * the arrival clock. `stale`, `heard`: its device is silent, speaks again.
 */
export const ARRIVAL_CHANGES = [
  'stale',
  'heard',
  'escalated',
  'acknowledged',
  'commented',
  'shelved',
  'unshelved',
  'suppressed',
  'unsuppressed',
  'out_of_service',
  'in_service',
] as const;
/** All that can happen to an alert. */
export const ALERT_CHANGES = ['raised', 'level', 'cleared', 'returned', ...ARRIVAL_CHANGES] as const;
/** One of them. */
export type AlertChangeKind = (typeof ALERT_CHANGES)[number];

/** What operators do to alerts (MEANING.md 25). */
export const ACTION_KINDS = [
  'acknowledge',
  'comment',
  'shelve',
  'unshelve',
  'suppress',
  'unsuppress',
  'out_of_service',
  'in_service',
] as const;
export type ActionKind = (typeof ACTION_KINDS)[number];
