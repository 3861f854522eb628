import { TableReplica } from '../../state/table-replica.ts';
import type { Timeline } from '../timeline.ts';
import type { Building } from './building.ts';

/** What is known of tables behind each source and each merge: each is somewhere else in the order of arrival. */
export class TableReplicas {
  readonly #building: Building;
  readonly #replicas = new Map<Timeline, Map<string, TableReplica>>();

  constructor(building: Building) {
    this.#building = building;
  }

  at(id: string, timeline: Timeline): TableReplica {
    const replicas = this.#replicas.get(timeline) ?? new Map<string, TableReplica>();
    this.#replicas.set(timeline, replicas);
    let replica = replicas.get(id);
    if (replica !== undefined) return replica;
    replica = new TableReplica(this.#building.node(id, 'table'), this.#building.options.symbols);
    replicas.set(id, replica);
    timeline.addListener(replica, timeline.pipeline);
    return replica;
  }

  get all(): readonly TableReplica[] {
    return [...this.#replicas.values()].flatMap(replicas => [...replicas.values()]);
  }
}
