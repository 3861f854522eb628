import type { MatchNode, PatternPart } from '../../dsl/plan.ts';
import type { SymbolTable } from '../batch.ts';
import { compileBits } from '../expression/compile.ts';
import type { Frame, View } from '../operator.ts';
import { growInt32 } from '../state/growable.ts';
import { STEP_ROW_BIT } from './automaton.ts';

/**
 * Which events of a pattern each row of a frame is, as far as the row alone says, bit by bit; with STEP_ROW, where a pattern has
 * `~>`, if it is of a stream that a step names. The array is good until the next frame. benchmark: patterns
 */
export class RowEvents {
  readonly #write: (frame: Frame, bits: Int32Array) => void;
  #bits = new Int32Array(0);

  constructor({ id, events, root }: Pick<MatchNode, 'id' | 'events' | 'root'>, { input, symbols }: Context) {
    const ofEvents = events.map(({ rows, when }, bit) => {
      return { bit, columns: [rows, when].filter(name => name !== null) };
    });
    const streams = hasStrictArrow(root) ? new Set(stepEvents(root).map(event => events[event]!.rows)) : [];
    const ofSteps = [...streams].map(rows => ({ bit: STEP_ROW_BIT, columns: rows === null ? [] : [rows] }));
    this.#write = compileBits([...ofEvents, ...ofSteps], { input, symbols, name: `${id}/events` });
  }

  /** `mask`: the entries that are rows; undefined: all are. */
  of(frame: Frame, mask: Uint8Array | undefined): Int32Array {
    const { length } = frame;
    this.#bits = growInt32(this.#bits, length);
    const bits = this.#bits;
    if (!frame.hasRows) return bits.fill(0, 0, length);
    this.#write(frame, bits);
    if (mask !== undefined) for (let i = 0; i < length; i++) if (mask[i] === 0) bits[i] = 0;
    return bits;
  }
}

type Context = { readonly input: View; readonly symbols: SymbolTable };

function hasStrictArrow(part: PatternPart): boolean {
  if (part.kind === 'event' || part.kind === 'absence') return false;
  return (part.kind === 'sequence' && part.arrows.includes('strict')) || part.parts.some(hasStrictArrow);
}

/** Of steps and absences: all that a pattern's tree names. */
function stepEvents(part: PatternPart): readonly number[] {
  return part.kind === 'event' || part.kind === 'absence' ? [part.event] : part.parts.flatMap(stepEvents);
}
