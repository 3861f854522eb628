import type { StoreStatement } from '../ast.ts';
import type { Span } from '../diagnostics.ts';
import { rejectedSeries, SERIES_FIELDS, type SeriesKind } from '../plan.ts';
import type { Context } from './context.ts';
import { positiveUs } from './duration.ts';
import type { CheckedStore } from './program.ts';
import { error, type Report } from './report.ts';
import type { StreamSchema } from './schema.ts';

/** `store motor keep 30d`, once per stream. Names of series and of their columns differ by more than case. */
export function checkStores(statements: readonly StoreStatement[], context: Context): CheckedStore[] {
  const { names, schemas, report } = context;
  const first = new Map<string, Span>();
  const series = new StoredNames(report);
  const stores: CheckedStore[] = [];
  for (const { stream, keep, span } of statements) {
    const keepUs = keep && positiveUs(keep, '`keep`', report, 'leave `keep` out to keep all');
    const found = names.stream(stream, report);
    const firstSpan = first.get(stream.name);
    if (firstSpan !== undefined) {
      const related = [{ span: firstSpan, message: 'the first one' }];
      report(error('MR2621', span, `\`${stream.name}\` is stored twice`, { related }));
    } else if (found !== null) {
      first.set(stream.name, span);
      const schema = schemas.get(stream.name);
      if (schema === undefined) continue;
      series.add(schema, span);
      stores.push({ stream: stream.name, keepUs });
    }
  }
  return stores;
}

class StoredNames {
  readonly #report: Report;
  readonly #series = new Map<string, { readonly name: string; readonly what: string; readonly span: Span }>();

  constructor(report: Report) {
    this.#report = report;
  }

  add(schema: StreamSchema, span: Span): void {
    const { name, isSource, fields, key } = schema;
    const isNew = this.#addSeries(name, `\`${name}\``, span);
    this.#checkFields(schema, { kind: isSource ? 'raw' : 'derived', names: [...fields.keys()], span });
    if (!isSource || !isNew) return;
    this.#addSeries(rejectedSeries(name), `what \`${name}\` rejects`, span);
    this.#checkFields(schema, { kind: 'rejected', names: key.filter(field => !isColumn('raw', field)), span });
  }

  #addSeries(name: string, what: string, span: Span): boolean {
    const other = this.#series.get(name.toLowerCase());
    if (other === undefined) {
      this.#series.set(name.toLowerCase(), { name, what, span });
      return true;
    }
    const message =
      other.name === name
        ? `${what} and ${other.what} would be stored in one series, \`${name}\``
        : `the series \`${name}\` and \`${other.name}\` differ in case only`;
    const related = [{ span: other.span, message: `${other.what} is stored here` }];
    this.#report(error('MR2623', span, message, { related, hint: 'give one of the streams another name' }));
    return false;
  }

  #checkFields(
    { name: stream, fields }: StreamSchema,
    { kind, names, span }: { readonly kind: SeriesKind; readonly names: readonly string[]; readonly span: Span },
  ): void {
    for (const name of names) {
      if (!isColumn(kind, name)) continue;
      const series = kind === 'rejected' ? `the series of what \`${stream}\` rejects` : `the series of \`${stream}\``;
      const place = fields.get(name)?.declaredAt ?? null;
      const related = place === null ? undefined : [{ span, message: 'stored here' }];
      const hint =
        kind === 'derived'
          ? 'give it another name with `as`; `time` is there without being selected'
          : `give the field another name, and say where it stands in the message: \`other = $.${name}\``;
      const message = `${series} has a column \`${name.toLowerCase()}\` of its own`;
      this.#report(error('MR2622', place ?? span, message, { hint, related }));
    }
  }
}

function isColumn(kind: SeriesKind, name: string): boolean {
  const column = name.toLowerCase();
  return column === 'time' || SERIES_FIELDS[kind].some(field => field.name === column);
}
