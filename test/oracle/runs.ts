/** Seed and number of runs of a property, from MILLRACE_SEED and MILLRACE_RUNS; MILLRACE_SHRINK=no: any failure will do. */
export function runs(defaultRuns = 300): { numRuns: number; seed?: number; endOnFailure: boolean } {
  const seed = process.env['MILLRACE_SEED'];
  const numRuns = Number(process.env['MILLRACE_RUNS'] ?? defaultRuns);
  const endOnFailure = process.env['MILLRACE_SHRINK'] === 'no';
  return { numRuns, endOnFailure, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}
