/** What `cluster` of millrace.yaml says. */
export type ClusterSettings = {
  /** The same for all processes that share the work, and for no others. */
  readonly name: string;
  /** Of this process. */
  readonly process: string;
  /** Into how many the keys are divided; the same for all processes, for good. */
  readonly shares: number;
  /** Of what the cluster keeps in JetStream. */
  readonly replicas: number;
};

/** Of its entries, and of its files. */
export function bucketOf({ name }: Pick<ClusterSettings, 'name'>): string {
  return `millrace-${name}`;
}
