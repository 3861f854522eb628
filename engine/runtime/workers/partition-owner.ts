/** Which worker has a partition: they go around. */
export function ownerOf(partition: number, workerCount: number): number {
  return partition % workerCount;
}
