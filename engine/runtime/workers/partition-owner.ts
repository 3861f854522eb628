/** Which worker has a partition: they go around. */
export function ownerOf(partition: number, workerCount: number): number {
  return partition % workerCount;
}

/** Which worker has a source's lane, by the lane's place among them: they go around, too. */
export function laneOwner(lane: number, workerCount: number): number {
  return lane % workerCount;
}
