import type { Snapshot } from '../../operator.ts';

/** What a worker's part of a checkpoint holds. */
export type PartContent = {
  readonly keyed: EnginePart;
  readonly lanes: { readonly [source: string]: EnginePart };
};

/** `chunks`: in any order but for the first, which says what was forgotten; each key is in one of them at most. */
export type EnginePart = { readonly streams: Snapshot; readonly chunks: readonly Snapshot[] };

/** The same bit by bit, as it is saved: of each engine (null: the one of keys) its streams, and then chunks. */
export type PartPiece =
  | { readonly kind: 'streams'; readonly lane: string | null; readonly streams: Snapshot }
  | { readonly kind: 'chunk'; readonly lane: string | null; readonly chunk: Snapshot };

export function contentOf(pieces: Iterable<PartPiece>): PartContent {
  const parts = new Map<string | null, { readonly streams: Snapshot; readonly chunks: Snapshot[] }>();
  for (const piece of pieces) {
    if (piece.kind === 'streams') parts.set(piece.lane, { streams: piece.streams, chunks: [] });
    else parts.get(piece.lane)!.chunks.push(piece.chunk);
  }
  const lanes = [...parts].flatMap(([lane, part]) => (lane === null ? [] : [[lane, part] as const]));
  return { keyed: parts.get(null)!, lanes: Object.fromEntries(lanes) };
}
