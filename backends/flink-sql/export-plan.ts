import { inputsOf, type Plan, type PlanNode, type RuleNode } from '../../dsl/plan.ts';
import { draftOf, type Root } from './drafts.ts';
import { type Gap, Gaps } from './gaps.ts';
import { Queries } from './queries.ts';
import { type Insert, type Section, scriptText } from './script.ts';
import { statementOf } from './statement.ts';
import { type ConnectorTemplate, SINK_TEMPLATE, SOURCE_TEMPLATE } from './templates.ts';
import { Views } from './views.ts';

export type FlinkOptions = { readonly sourceWith?: ConnectorTemplate; readonly sinkWith?: ConnectorTemplate };

export type FlinkExport = { readonly script: string; readonly leftOut: readonly LeftOut[] };

/** A statement of the rule file that is not in the script. */
export type LeftOut = {
  readonly kind: 'stream' | 'rule' | 'route' | 'store';
  readonly name: string; // of a route and a store: of the stream
  readonly gaps: readonly Gap[];
  readonly reads: readonly string[]; // statements that are left out themselves
};

/**
 * A plan as a script of Flink SQL: tables of what comes in and goes out, a view for each stream and rule, and the inserts. What
 * has no equivalent is left out, and so is what reads it; all of it is told. Cost: linear in the plan.
 */
export function exportPlan(plan: Plan, options: FlinkOptions = {}): FlinkExport {
  const exporter = new Exporter(plan, options);
  for (const node of plan.nodes) if (isView(node)) exporter.add(node);
  for (const node of plan.nodes) if (node.kind === 'route' || node.kind === 'store') exporter.add(node);
  return { script: scriptText(exporter), leftOut: exporter.leftOut };
}

class Exporter {
  readonly sections: Section[] = [];
  readonly inserts: Insert[] = [];
  readonly leftOut: LeftOut[] = [];
  readonly #rules: readonly RuleNode[];
  readonly #views: Views;
  readonly #templates: Required<FlinkOptions>;

  constructor(plan: Plan, { sourceWith = SOURCE_TEMPLATE, sinkWith = SINK_TEMPLATE }: FlinkOptions) {
    this.#rules = plan.nodes.filter(node => node.kind === 'rule');
    this.#views = new Views(plan.nodes);
    this.#templates = { sourceWith, sinkWith };
  }

  add(node: Root): void {
    const missing = this.#statementsReadBy(node).filter(id => !this.#isWritten(id));
    const queries = new Queries(this.#views, new Gaps());
    if (missing.length === 0) this.#write(node, queries);
    else this.#leaveOut(node, queries, missing);
  }

  #write(node: Root, queries: Queries): void {
    const rules = this.#rules.filter(({ id }) => this.#isWritten(id));
    const draft = draftOf(node, { views: this.#views, queries, rules, ...this.#templates });
    const defined = this.#views.takeDefined();
    if (!queries.gaps.isEmpty) return this.#leaveOut(node, queries, []);
    const { title, statements, relation, insert } = draft;
    this.sections.push({ title, notes: queries.notes, statements: [...defined, ...statements] });
    if (relation !== undefined) this.#views.addRelation(node.id, relation);
    if (insert !== undefined) this.inserts.push(insert);
  }

  #leaveOut(node: Root, { gaps }: Queries, missing: readonly string[]): void {
    const reads = [...new Set(missing.map(id => statementOf({ id })))];
    this.leftOut.push({ ...nameOf(node), gaps: gaps.list, reads });
  }

  #isWritten(id: string): boolean {
    return this.#views.relation(id) !== undefined;
  }

  /** Streams; of a route of alerts, the rules that are written: what is left out of the others is told with them. */
  #statementsReadBy(node: PlanNode): readonly string[] {
    if (node.kind === 'route' && node.input === 'alerts') {
      const ids = this.#rules.map(({ id }) => id);
      return ids.some(id => this.#isWritten(id)) ? [] : ids;
    }
    return inputsOf(node).flatMap(id => {
      const read = this.#views.node(id);
      return read.kind === 'source' || read.kind === 'select' ? [id] : this.#statementsReadBy(read);
    });
  }
}

function isView(node: PlanNode): node is Extract<Root, { kind: 'source' | 'select' | 'rule' }> {
  return node.kind === 'source' || node.kind === 'select' || node.kind === 'rule';
}

function nameOf(node: Root): Pick<LeftOut, 'kind' | 'name'> {
  switch (node.kind) {
    case 'source':
    case 'select':
      return { kind: 'stream', name: node.id };
    case 'rule':
      return { kind: 'rule', name: node.name };
    case 'route':
    case 'store':
      return { kind: node.kind, name: node.input };
  }
}
