import type { Plan } from '../../dsl/plan.ts';
import { MillraceError } from '../errors.ts';
import type { OwnFunctions } from '../functions/own-functions.ts';

/** A round of events is to take about so long in functions of the program, on each worker. */
const ROUND_NS = 50_000_000;

export type Call = { readonly function: string; readonly version?: number };

/** Errors: MR7210 the plan calls a function that is not here, or another version of it. */
export function requireFunctions(plan: Plan, { own, functions }: OwnFunctions): void {
  for (const { function: name, version } of callsOf(plan)) {
    const known = own.find(one => one.name === name);
    if (known === undefined ? version === undefined && Object.hasOwn(functions, name) : known.version === version)
      continue;
    const named = version === undefined ? name : `${name}, version ${version}`;
    const what = known === undefined ? 'it is not here' : `version ${known.version} is here`;
    throw new MillraceError('MR7210', `the plan calls the function ${named}, and ${what}`, {
      hint: 'run it with the module of functions that it was compiled with, or compile it again',
    });
  }
}

/** How many events a worker gets at once: fewer where functions of the program take their time. */
export function eventsPerRound(plan: Plan, { own }: OwnFunctions, most: number): number {
  if (own.length === 0) return most;
  const costOf = new Map(own.map(({ name, costNs }) => [name, costNs]));
  const costNs = callsOf(plan).reduce((sum, call) => sum + (costOf.get(call.function) ?? 0), 0);
  return Math.max(1, Math.min(most, Math.floor(ROUND_NS / costNs)));
}

/** All calls in its expressions, wherever these stand. */
function callsOf(plan: Plan): Call[] {
  const calls: Call[] = [];
  JSON.stringify(plan.nodes, (_, part: unknown) => {
    if (typeof part === 'object' && part !== null && 'kind' in part && part.kind === 'call')
      calls.push(part as unknown as Call); // as: the plan is valid
    return part;
  });
  return calls;
}
