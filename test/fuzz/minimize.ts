import { checked } from './fuzz.ts';
import type { FuzzTarget } from './target.ts';

/** A shorter input with the same kind of fault: parts are cut out, the large ones first, while it stays. */
export function minimize(
  target: FuzzTarget,
  { input, error }: { readonly input: Buffer; readonly error: unknown },
): Buffer {
  const kind = kindOf(error);
  const untilMs = performance.now() + MAX_MINIMIZE_MS;
  let shortest = input;
  for (let partBytes = input.length >> 1; partBytes >= 1; partBytes >>= 1) {
    for (let at = 0; at < shortest.length && performance.now() < untilMs; ) {
      const shorter = Buffer.concat([shortest.subarray(0, at), shortest.subarray(at + partBytes)]);
      const failure = checked(target, shorter);
      if (failure !== null && kindOf(failure.error) === kind) shortest = shorter;
      else at += partBytes;
    }
  }
  return shortest;
}

/** What stays the same when the input gets shorter: the beginning of the message, without what it quotes. */
function kindOf(error: unknown): string {
  return String(error).split(/[\d"'`]/, 1)[0]!;
}

const MAX_MINIMIZE_MS = 10_000;
