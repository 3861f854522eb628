/** Keys of what a cluster's processes have in common. */
export const ENTRY_KEYS = {
  /** What all agree on. */
  cluster: 'cluster',
  process: (name: string) => `process.${name}`,
  /** That this process is to leave. */
  drain: (name: string) => `drain.${name}`,
  share: (index: number) => `share.${index}`,
  checkpoint: (index: number) => `checkpoint.${index}`,
  /** Rules that a process has, or had. */
  plan: (identity: string) => `plan.${identity}`,
} as const;

export const PROCESS_PREFIX = 'process.';

/** Of the cluster's entries, and of its files. */
export function bucketOf(cluster: string): string {
  return `millrace-${cluster}`;
}
