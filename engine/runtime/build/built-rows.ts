import { maskOf } from '../../operators/mask.ts';
import { slotOf } from '../../operators/slot-of.ts';
import { type RowShape, RowTap } from '../row-batch.ts';
import type { Building } from './building.ts';
import type { BuiltSources } from './built-sources.ts';
import { type EarlyRows, withEarly } from './early-rows.ts';
import { FoundRows } from './found-rows.ts';
import { keyFieldsOf } from './row-fields.ts';

/** The rows that go out: of streams, and of series. */
export class BuiltRows {
  /** By stream, or by the node of a series. */
  readonly shapes = new Map<string, RowShape>();
  readonly #building: Building;
  readonly #sources: BuiltSources;
  readonly #early: EarlyRows;

  constructor(building: Building, parts: { readonly sources: BuiltSources; readonly early: EarlyRows }) {
    this.#building = building;
    this.#sources = parts.sources;
    this.#early = parts.early;
  }

  /** Rows of this stream go out, or those of the series that a store node is for. */
  add(id: string): void {
    const node = this.#building.nodes.get(id);
    if (node?.kind !== 'store') return this.#addTap(id, id);
    const raw = this.#sources.rawShape(id);
    if (raw === undefined) return this.#addTap(id, node.input);
    this.shapes.set(id, raw);
  }

  #addTap(stream: string, viewId: string): void {
    const view = this.#building.frames.view(viewId);
    const { frame, fields } = view;
    const { onRows } = this.#building.options;
    const early = this.#early.shownBy(viewId);
    const shown = fields.filter(field => !frame.keys.fields.includes(field.name) && !field.name.startsWith('#'));
    const slots = shown.map(field => slotOf(view, field.name));
    const isSeries = stream !== viewId; // which has a field of its own for the revision
    if (early !== undefined && !isSeries) {
      shown.push({ name: 'revision', type: 'int' });
      slots.push(early.revision);
    }
    const tap = new RowTap({
      stream,
      slots,
      keys: frame.keys,
      revision: isSeries ? early?.revision : undefined,
      carried: frame instanceof FoundRows && view.mask === undefined ? frame.carried : undefined,
    });
    const shape: RowShape = {
      key: keyFieldsOf(view),
      fields: shown,
      ...(early === undefined || isSeries ? {} : { hasRevisions: true }),
    };
    this.shapes.set(stream, shape);
    frame.addTap(current => {
      const mask = maskOf(current, view);
      const rows = tap.rowsOf(current, early === undefined ? mask : withEarly(current, mask, early.mask));
      if (rows !== undefined) onRows(rows, shape);
    });
  }
}
