import { createHash } from 'node:crypto';
import type { Plan } from '../../../dsl/plan.ts';

/** The same for the same rules, wherever their files are. */
export function planIdentity(plan: Plan): string {
  const text = JSON.stringify(plan, (name, value) => (name === 'directory' ? undefined : value));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
