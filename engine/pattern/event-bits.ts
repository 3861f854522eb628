/** Events bit by bit, as rows, states and bindings have them. */
export function bitsOf(events: readonly number[]): number {
  return events.reduce((bits, event) => bits | (1 << event), 0);
}

/** The place of the lowest bit that is set; `rest &= rest - 1` goes on to the next. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
