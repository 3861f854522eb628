import type { Field, MatchNode } from '../../dsl/plan.ts';
import { assert } from '../errors.ts';
import type { Downstream, Frame, OperatorContext, RowsOperator, Snapshot } from '../operator.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';

/** Matches of a pattern as rows of their own. */
export class Match implements RowsOperator {
  readonly node: MatchNode;
  readonly stateBytes = 0;
  readonly memory = { bytesPerKey: 0, plus: 'partial matches' };

  constructor(node: MatchNode, _context: OperatorContext & { downstream: Downstream; keys: KeyDictionary }) {
    this.node = node;
    assert(false, 'patterns do not run yet');
  }

  process(_frame: Frame): Frame | undefined {
    return undefined;
  }

  hasRowsToCome(): boolean {
    return false;
  }

  snapshot(): Snapshot {
    return {};
  }

  restore(): void {}

  forget(): void {}
}

/** The columns of the rows, in the order of the frame's slots. */
export function matchRowFields(key: readonly Field[], { values }: MatchNode): Field[] {
  return [...key, ...values.map(({ name, type }) => ({ name, type }))];
}
