import type { Plan } from '../../dsl/plan.ts';
import { SymbolTable } from '../../engine/batch.ts';
import type { Operator } from '../../engine/operator.ts';
import { build } from '../../engine/runtime/build.ts';

const MAX_WIDTH = 60; // what is computed is called by its text, which may be long: it alone is out of line then

/** A line for each operator that a plan becomes: its node, and the bytes of state that a key costs. */
export function operatorsText(plan: Plan): string {
  const operators = operatorsOf(plan);
  const width = Math.min(MAX_WIDTH, Math.max(0, ...operators.map(operator => titleOf(operator).length)));
  const lines = operators.map(operator => `${titleOf(operator).padEnd(width)}  ${memoryText(operator)}`);
  const total = operators.reduce((sum, { memory }) => sum + memory.bytesPerKey, 0);
  return [...lines, `${'all'.padEnd(width)}  ${total} bytes a key`, ''].join('\n');
}

/** The JavaScript of every expression, as it runs over columns. */
export function generatedCodeText(plan: Plan): string {
  const sources = operatorsOf(plan).flatMap(operator => {
    const { source } = operator;
    return source === undefined ? [] : [`// ${titleOf(operator)}\n${source.trim()}\n`];
  });
  return sources.join('\n');
}

/** The operators are made as for a run, and never see an event. */
function operatorsOf(plan: Plan): Operator[] {
  const nothing = () => {};
  const { operators } = build({
    plan,
    symbols: new SymbolTable(),
    arrivalClockOf: () => 'as-read',
    rowStreams: [],
    onAlert: nothing,
    onRows: nothing,
    onRejected: nothing,
  });
  return [...operators.values()];
}

function titleOf({ node }: Operator): string {
  return `${node.kind} ${node.id}`;
}

function memoryText({ memory, foundBy }: Operator): string {
  const [known, found] = foundBy === undefined ? ['', ''] : [' that it knows', `, found by ${foundBy}`];
  if (memory.bytesPerKey === 0 && memory.plus === null) return `no state${found}`;
  const plus = memory.plus === null ? '' : `, plus ${memory.plus}`;
  return `${memory.bytesPerKey} bytes a key${known}${plus}${found}`;
}
