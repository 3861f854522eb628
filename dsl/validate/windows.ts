import { DURATION_COLUMN, type WindowNode } from '../plan.ts';
import { isTimeZone } from '../check/time-zone.ts';
import { type PlanCheck, type ViewColumns, findColumn, withTime } from './plan-check.ts';
import { type Json, nameIn, show } from './problems.ts';

export function checkWindow(node: Json, path: string, check: PlanCheck): void {
  const input = check.input(node, path);
  const kind = node['kind'] as WindowNode['kind'];
  WINDOW_CHECKS[kind](node, path, { input, check });
  const { emitEveryUs, reviseUs } = node;
  if (emitEveryUs !== undefined) check.number(emitEveryUs, `${path}.emitEveryUs`, { from: 1 });
  if (reviseUs !== undefined) checkRevise(reviseUs, `${path}.reviseUs`, kind, check);
  const own = check.aggregates(input, node['aggregates'], `${path}.aggregates`);
  if (kind === 'session-window' || kind === 'state-window') own.set(DURATION_COLUMN, 'duration');
  const key = input?.key ?? [];
  for (const name of key) {
    const type = input && findColumn(input, name);
    if (type !== null) own.set(name, type);
  }
  if (!own.has('until')) own.set('until', 'time');
  check.view(nameIn(node['id']), { own: withTime(own), through: null, key, hasEarly: emitEveryUs !== undefined });
}

type WindowCheck = (
  node: Json,
  path: string,
  of: { readonly input: ViewColumns | null; readonly check: PlanCheck },
) => void;

const WINDOW_CHECKS = {
  'tumbling-window': (node, path, { check }) => {
    check.number(node['sizeUs'], `${path}.sizeUs`, { from: 1 });
    checkZone(node, path, check);
  },
  'hopping-window': (node, path, { check }) => {
    check.number(node['sizeUs'], `${path}.sizeUs`, { from: 1 });
    check.number(node['everyUs'], `${path}.everyUs`, { from: 1 });
    checkZone(node, path, check);
  },
  'session-window': (node, path, { check }) => {
    check.number(node['gapUs'], `${path}.gapUs`, { from: 1 });
    check.numberOrNull(node['maxUs'], `${path}.maxUs`, { from: 1 });
  },
  'state-window': (node, path, { input, check }) => {
    check.condition(input, node['from'], `${path}.from`);
    check.condition(input, node['to'], `${path}.to`);
    check.numberOrNull(node['maxUs'], `${path}.maxUs`, { from: 1 });
  },
  'count-window': (node, path, { check }) => {
    check.number(node['size'], `${path}.size`, { from: 1 });
    check.number(node['every'], `${path}.every`, { from: 1 });
  },
} as const satisfies Record<WindowNode['kind'], WindowCheck>;

function checkRevise(reviseUs: unknown, path: string, kind: WindowNode['kind'], check: PlanCheck): void {
  check.number(reviseUs, path, { from: 1 });
  if (kind === 'state-window' || kind === 'count-window')
    check.problem(path, 'is of a window that time alone does not close');
}

function checkZone({ zone }: Json, path: string, check: PlanCheck): void {
  if (zone === undefined || (typeof zone === 'string' && isTimeZone(zone))) return;
  check.problem(`${path}.zone`, `is ${show(zone)}, which is no time zone`);
}
