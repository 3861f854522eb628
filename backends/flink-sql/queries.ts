import { columnsOf, type Expression, type PlanNode } from '../../dsl/plan.ts';
import { demand, withColumns } from './added-columns.ts';
import { baseRows } from './base-rows.ts';
import type { Gaps } from './gaps.ts';
import type { Note } from './notes.ts';
import { filtered, namedRows, namesOf, picked, renamed, type Rows, selectText } from './rows.ts';
import { type Columns, scalarSql } from './scalar.ts';
import type { Sql } from './sql.ts';
import type { Views } from './views.ts';

/** What one statement of the plan reads, as a query: from its end towards the sources, so that only what is read is there. */
export class Queries {
  readonly gaps: Gaps;
  /** Where Flink's results differ from ours. */
  readonly notes = new Set<Note>();
  readonly #views: Views;

  constructor(views: Views, gaps: Gaps) {
    this.#views = views;
    this.gaps = gaps;
  }

  note(note: Note): void {
    this.notes.add(note);
  }

  /** The rows of a view, with these columns of it, the key's, and `time`. */
  rows(view: string, wanted: Iterable<string>): Rows {
    const { passed, added } = demand(this.#views.columnNodes(view), this.basics(wanted), columns =>
      this.basics(columns),
    );
    const base = baseRows(this.#views.node(view), passed, this);
    return withColumns(picked(base, passed), added, this);
  }

  /** An expression over columns of rows; those that are computed are written out. */
  sql(expression: Expression, rows: Rows): Sql {
    return this.sqlOver(expression, column => rows.columns.get(column)!);
  }

  where(rows: Rows, condition: Expression): Rows {
    return filtered(rows, inner => this.sql(condition, inner));
  }

  column(rows: Rows, column: string): Sql {
    return this.sql({ kind: 'column', type: 'float', column }, rows); // the type of a column is not looked at
  }

  /** As `column`, where the rows' own columns are called otherwise. */
  columnAs(rows: Rows, column: string, rename: (basic: Sql) => Sql): Sql {
    return this.sqlOver({ kind: 'column', type: 'float', column }, basic => rename(rows.columns.get(basic)!));
  }

  node(id: string): PlanNode {
    return this.#views.node(id);
  }

  define(name: string, query: string): string {
    return this.#views.define(name, query);
  }

  /** As `sql`, with names for the columns that are not computed. */
  sqlOver(expression: Expression, basic: (column: string) => Sql): Sql {
    const columns: Columns = column => {
      const computed = this.#views.computed(column);
      return computed === undefined ? basic(column) : scalarSql(computed, columns, this.gaps);
    };
    return scalarSql(expression, columns, this.gaps);
  }

  /** The columns behind these that are not computed from others of the same row. */
  basics(columns: Iterable<string>): ReadonlySet<string> {
    const basics = new Set<string>();
    const waiting = [...columns];
    while (waiting.length > 0) {
      const column = waiting.pop()!;
      const computed = this.#views.computed(column);
      if (computed === undefined) basics.add(column);
      else waiting.push(...columnsOf(computed));
    }
    return basics;
  }

  /** The view of a statement before this one. */
  read(view: string): Rows {
    const relation = this.#views.relation(view)!;
    return namedRows(relation.name, relation);
  }

  /** The same rows as a table of a name, which some clauses of SQL ask for; `isPlain`: with no condition beside it. */
  asTable(rows: Rows, name: string, { isPlain }: { readonly isPlain: boolean }): Rows {
    const isTable = rows.from.kind === 'named' && rows.over === null && rows.group === null;
    if (isTable && (!isPlain || rows.where.length === 0)) return rows;
    const names = namesOf(rows);
    const view = this.#views.define(name, selectText(rows, names));
    return namedRows(view, { key: rows.key, ...renamed(rows, names) });
  }
}
