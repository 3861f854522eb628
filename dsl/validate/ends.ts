import { checkCondition } from './expression.ts';
import type { PlanCheck } from './plan-check.ts';
import type { Json } from './problems.ts';

export function checkRoute(node: Json, path: string, check: PlanCheck): void {
  const isOfAlerts = node['input'] === 'alerts';
  const input = isOfAlerts ? null : check.input(node, path);
  if (node['condition'] !== null) checkCondition(node['condition'], `${path}.condition`, input, check);
  const target = check.record(node['target'], `${path}.target`);
  if (target !== null) check.text(target['connector'], `${path}.target.connector`);
}

export function checkStore(node: Json, path: string, check: PlanCheck): void {
  check.input(node, path);
  check.numberOrNull(node['keepUs'], `${path}.keepUs`, { from: 1 });
}
