/**
 * Seed and number of runs of a property: MILLRACE_RUNS, or where that says nothing the share MILLRACE_SHARE of what the
 * property asks for (`npm test`: three in ten), all of it where neither is set. The seed is MILLRACE_SEED; MILLRACE_SHRINK=no:
 * any failure will do.
 */
export function runs(defaultRuns = 300): { numRuns: number; seed?: number; endOnFailure: boolean } {
  const seed = process.env['MILLRACE_SEED'];
  const share = Number(process.env['MILLRACE_SHARE'] ?? 1);
  const numRuns = Number(process.env['MILLRACE_RUNS'] ?? Math.ceil(defaultRuns * share));
  const endOnFailure = process.env['MILLRACE_SHRINK'] === 'no';
  return { numRuns, endOnFailure, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}
