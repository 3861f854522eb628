import type { RuleNode } from '../../../dsl/plan.ts';
import type { ByteColumn } from '../../batch.ts';
import type { Frame, View } from '../../operator.ts';
import { growUint8 } from '../../state/growable.ts';
import { slotOf } from '../slot-of.ts';
import { type Truth, UNKNOWN } from './truth.ts';

/** What the conditions of rules of one form say of a row, by the rules' own numbering of their levels. Rules are numbers. */
export interface RuleTruths {
  /** What is asked of from here on are rows of this frame. */
  open(frame: Frame): void;
  level(level: number, row: number, rule: number): Truth;
  /** Of rules that have one. */
  clear(row: number, rule: number): Truth;
  while(row: number, rule: number): Truth;
}

/** Of a rule with one level and no `while`, of which nothing is unknown. */
export type PlainTruths = { readonly level: Uint8Array; readonly clear: Uint8Array | undefined };

/** Of one rule, from columns that are computed for all rows of a frame. */
export class ColumnTruths implements RuleTruths {
  readonly #slots: { readonly levels: readonly number[]; readonly clear?: number; readonly while?: number };
  #levels: ByteColumn[] = [];
  #clear: ByteColumn | undefined;
  #while: ByteColumn | undefined;
  #candidates: Uint8Array = new Uint8Array(0);

  constructor(node: RuleNode, view: View) {
    this.#slots = {
      levels: node.levels.map(level => slotOf(view, level.when)),
      ...(node.clear === null ? {} : { clear: slotOf(view, node.clear.when) }),
      ...(node.while === null ? {} : { while: slotOf(view, node.while.condition) }),
    };
  }

  open(frame: Frame): void {
    const at = (slot: number) => frame.columns[slot] as ByteColumn; // as: conditions are of type bool
    this.#levels = this.#slots.levels.map(at);
    if (this.#slots.clear !== undefined) this.#clear = at(this.#slots.clear);
    if (this.#slots.while !== undefined) this.#while = at(this.#slots.while);
  }

  level(level: number, row: number): Truth {
    return truthAt(this.#levels[level]!, row);
  }

  clear(row: number): Truth {
    return truthAt(this.#clear!, row);
  }

  while(row: number): Truth {
    return truthAt(this.#while!, row);
  }

  /** Undefined: more has to be asked of a row than these arrays say. */
  get plain(): PlainTruths | undefined {
    const [level, ...others] = this.#levels;
    if (others.length > 0 || this.#while !== undefined) return undefined;
    if (level!.valid !== undefined || this.#clear?.valid !== undefined) return undefined;
    return { level: level!.values, clear: this.#clear?.values };
  }

  /** By row: 1 where a level's condition is true. Valid until the next call; garbage where an entry is no row. */
  candidates(length: number): Uint8Array {
    const first = this.#levels[0]!;
    if (this.#levels.length === 1 && first.valid === undefined) return first.values;
    this.#candidates = growUint8(this.#candidates, length).fill(0, 0, length);
    const candidates = this.#candidates;
    for (const { values, valid } of this.#levels) {
      if (valid === undefined) for (let i = 0; i < length; i++) candidates[i]! |= values[i]!;
      else for (let i = 0; i < length; i++) candidates[i]! |= values[i]! & valid[i]!;
    }
    return candidates;
  }
}

function truthAt(column: ByteColumn, row: number): Truth {
  return column.valid !== undefined && column.valid[row] === 0 ? UNKNOWN : (column.values[row] as Truth); // as: a bool's values are two of them
}
