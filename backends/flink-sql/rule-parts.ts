import { describeDuration } from '../../dsl/describe-expression.ts';
import type { RuleNode } from '../../dsl/plan.ts';
import type { Gaps } from './gaps.ts';

/** Gaps of a rule: parts that Flink SQL cannot do. */
export function refuseParts(rule: RuleNode, gaps: Gaps): void {
  for (const refuse of Object.values(PARTS)) refuse(rule, gaps);
}

type Part = (rule: RuleNode, gaps: Gaps) => void;

const written: Part = () => {};
/** What people do, what comes with an alert: the changes that are written are without it. */
const leftToPeople: Part = () => {};

/** All parts of a rule: one that is added to rules is missing here, and has to be thought of. */
const PARTS = {
  kind: written,
  id: written,
  name: written,
  input: written,
  levels: ({ levels }, gaps) => {
    for (const { forUs, gapUs } of levels) {
      if (forUs > 0) refuseTimer(`\`for ${describeDuration(forUs)}\``, gaps);
      if (gapUs !== null) refuseTimer(`\`gap ${describeDuration(gapUs)}\``, gaps);
    }
  },
  clear: ({ clear }, gaps) => {
    if (clear !== null && clear.forUs > 0) refuseTimer(`\`clear … for ${describeDuration(clear.forUs)}\``, gaps);
  },
  clearAfterUs: ({ clearAfterUs }, gaps) => {
    if (clearAfterUs !== null && clearAfterUs > 0)
      refuseTimer(`\`clear after ${describeDuration(clearAfterUs)}\``, gaps);
  },
  while: (rule, gaps) => {
    if (rule.while !== null) refuseTimer('`while`', gaps);
  },
  cooldownUs: ({ cooldownUs }, gaps) => {
    if (cooldownUs > 0) refuseTimer(`\`cooldown ${describeDuration(cooldownUs)}\``, gaps);
  },
  escalate: ({ escalate }, gaps) => {
    if (escalate !== undefined) refuseTimer('`escalate`', gaps);
  },
  isLatched: ({ isLatched }, gaps) => {
    if (isLatched === true) gaps.add('`latch`', 'nobody acknowledges anything in Flink');
  },
  isMomentary: ({ isMomentary }, gaps) => {
    if (isMomentary === true) refuseTimer('a rule on a pattern', gaps);
  },
  suppress: ({ suppress }, gaps) => {
    if (suppress !== undefined) {
      gaps.add('`suppress when`', 'whether other alerts fire is known where all alerts come together');
    }
  },
  quality: ({ quality }, gaps) => {
    if (quality.otherwise === 'unknown') gaps.add('`quality … else unknown`', 'the last known truth is what Flink has');
  },
  message: leftToPeople,
  values: written,
  bound: leftToPeople,
  labels: written, // a route reads them
  cause: leftToPeople,
  consequence: leftToPeople,
  response: leftToPeople,
  runbook: leftToPeople,
} satisfies { [K in keyof Required<RuleNode>]: Part };

function refuseTimer(construct: string, gaps: Gaps): void {
  gaps.add(construct, 'Flink SQL has no timers: nothing happens between events');
}
