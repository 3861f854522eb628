import type { PartReference } from '../checkpoint/checkpoint-manifest.ts';
import type { KeptNode } from '../workers/worker-protocol.ts';
import type { OpenAlerts } from './open-alerts.ts';

/** What was filled from stored series, for workers to take over. */
export type FilledState = {
  readonly parts: readonly PartReference[];
  /** By node. */
  readonly kept: Readonly<Record<string, KeptNode>>;
  /** Of the rules among them. */
  readonly alerts: OpenAlerts;
};
