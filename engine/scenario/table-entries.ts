import type { FieldValues, Plan, TableNode, TestCase, TestStep } from '../../dsl/plan.ts';
import { SymbolTable } from '../batch.ts';
import type { InputEntry } from '../recorded-input.ts';
import { asSource, type FoundRow, rowsOf } from '../runtime/tables/found-rows.ts';
import { contentOf } from '../state/table-change.ts';
import { FedBatches } from './fed-batches.ts';
import type { TableRows } from './scenario-input.ts';
import { START_US } from './virtual-clock.ts';

/** The rows of tables as entries: what is there before the first event, and what a test feeds at its time. */
export function tableEntries(plan: Plan, test: TestCase, tables: TableRows): Omit<InputEntry, 'sequence'>[] {
  const found = plan.nodes.flatMap(node => (node.kind === 'table' ? foundIn(node, test, tables) : []));
  return found.map(({ node, arrivalUs, rows }) => {
    const changes = rows.map(row => ({ ...row, validFromUs: validFromUs(node, row, arrivalUs), isTakenOut: false }));
    return { input: node.id, arrivalUs, ahead: {}, ...contentOf(node, changes) };
  });
}

type Found = { readonly node: TableNode; readonly arrivalUs: number; readonly rows: readonly FoundRow[] };
type RowStep = Extract<TestStep, { kind: 'row' }>;

function foundIn(node: TableNode, test: TestCase, tables: TableRows): Found[] {
  const steps = test.steps.filter((step): step is RowStep => step.kind === 'row' && step.table === node.id);
  if (steps.length === 0) return [{ node, arrivalUs: -Infinity, rows: tables.get(node.id) ?? [] }];
  return steps.map(step => {
    const arrivalUs = step.atUs === null ? -Infinity : START_US + step.atUs;
    return { node, arrivalUs, rows: [rowOf(node, step)] };
  });
}

/** As a file would give it: with defaults, and checked. */
function rowOf(node: TableNode, { values }: RowStep): FoundRow {
  const symbols = new SymbolTable();
  const batches = new FedBatches(asSource(node), symbols);
  const times = timesOf(node, values);
  batches.add({ stream: node.id, timeUs: START_US, arrivalUs: START_US, values: { ...values, ...times } });
  return rowsOf(node, batches.take(), symbols)[0]!;
}

/** A time is said as on the test's clock. */
function timesOf({ fields }: TableNode, values: FieldValues): FieldValues {
  const times = fields.filter(({ name, type }) => type === 'time' && typeof values[name] === 'number');
  return Object.fromEntries(
    times.map(({ name }) => [name, new Date((START_US + Number(values[name])) / 1000).toISOString()]),
  );
}

/** Of a table whose rows do not say it: when it is found. */
function validFromUs({ validFrom }: TableNode, row: FoundRow, arrivalUs: number): number {
  return validFrom === null ? arrivalUs : row.validFromUs;
}
