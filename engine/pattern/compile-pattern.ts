import type { PatternPart } from '../../dsl/plan.ts';
import { AbsencePart } from './absence-part.ts';
import { AllPart } from './all-part.ts';
import { AnyPart } from './any-part.ts';
import { EventPart } from './event-part.ts';
import type { Part } from './part.ts';
import { Repetition } from './repetition.ts';
import { Sequence } from './sequence.ts';

/** A pattern's parts, and what they call by number. */
export type CompiledPattern = {
  readonly root: Part;
  readonly absences: readonly { readonly event: number; readonly forUs: number }[];
  /** Of sequences with a time of their own. */
  readonly withinUs: readonly number[];
  readonly groups: readonly Group[];
};

/**
 * Alternatives, with the events below them. `copy`: where values are put aside when a round begins, from 1 on; 0: nothing can
 * have been bound there before.
 */
export type Group = { readonly copy: number; readonly events: number };

export function compilePattern(root: PatternPart): CompiledPattern {
  const compiler = new Compiler();
  const part = compiler.part(root, { isStrict: false, isRepeated: false, copies: 0 });
  return { root: part, ...compiler };
}

/** Where a part stands. `isStrict`: whether `~>` leads to it, and so from round to round. */
type Place = { readonly isStrict: boolean; readonly isRepeated: boolean; readonly copies: number };

class Compiler {
  readonly absences: { readonly event: number; readonly forUs: number }[] = [];
  readonly withinUs: number[] = [];
  readonly groups: Group[] = [];

  part(part: PatternPart, place: Place): Part {
    if (part.kind === 'absence') {
      this.absences.push({ event: part.event, forUs: part.forUs });
      return new AbsencePart(this.absences.length - 1);
    }
    const max = part.max ?? Infinity;
    const isRepeated = place.isRepeated || max > 1;
    const body = this.#body(part, { ...place, isRepeated });
    if (part.min === 1 && max === 1) return body;
    return new Repetition(body, { min: part.min, max, isStrict: place.isStrict });
  }

  #body(part: Exclude<PatternPart, { readonly kind: 'absence' }>, place: Place): Part {
    const { isRepeated, copies } = place;
    switch (part.kind) {
      case 'event':
        return new EventPart(part.event);
      case 'sequence': {
        const areStrict = part.parts.map((_, index) => part.arrows[index - 1] === 'strict');
        const within = part.withinUs === null ? null : this.withinUs.push(part.withinUs) - 1;
        const parts = part.parts.map((inner, index) =>
          this.part(inner, { isStrict: areStrict[index]!, isRepeated, copies }),
        );
        return new Sequence({ parts, areStrict, within });
      }
      case 'all':
        return new AllPart(part.parts.map(inner => this.part(inner, { isStrict: false, isRepeated, copies })));
      case 'any': {
        const copy = isRepeated && !part.parts.every(isOneEvent) ? copies + 1 : 0;
        const inside = { isStrict: false, isRepeated, copies: Math.max(copies, copy) };
        const parts = part.parts.map(inner => this.part(inner, inside));
        const events = parts.reduce((bits, inner) => bits | inner.events, 0);
        return new AnyPart(parts, this.groups.push({ copy, events }) - 1);
      }
    }
  }
}

/** It is complete as soon as something is bound in it, so that no other can win then. */
function isOneEvent(part: PatternPart): boolean {
  return part.kind === 'absence' || (part.kind === 'event' && part.min <= 1);
}
