/** Seed and number of runs of a property, from MILLRACE_SEED and MILLRACE_RUNS. */
export function runs(defaultRuns = 300): { numRuns: number; seed?: number } {
  const seed = process.env['MILLRACE_SEED'];
  const numRuns = Number(process.env['MILLRACE_RUNS'] ?? defaultRuns);
  return seed === undefined ? { numRuns } : { numRuns, seed: Number(seed) };
}
