import type { Plant } from './plant.ts';
import { type StoredSeries, storedSeries } from './stored-series.ts';
import { type Alert, publishedAlerts } from './telemetry.ts';

export type Outcome = StoredSeries & {
  /** That the stream has had. */
  readonly messages: number;
  /** Published, in their order by device, and those of a run that nothing disturbed. */
  readonly alerts: readonly string[];
  readonly undisturbedAlerts: readonly string[];
};

export async function outcomeOf({ engine, servers, telemetry }: Plant): Promise<Outcome> {
  const messages = await telemetry.lastSequence();
  const alerts = byDevice(await publishedAlerts(servers.nats.url));
  const undisturbedAlerts = byDevice(await engine.undisturbedAlerts());
  return { messages, alerts, undisturbedAlerts, ...(await storedSeries(servers.questDb.url)) };
}

/** What is not as without any disturbance: nothing. */
export function differencesOf(outcome: Outcome): string[] {
  const { messages, rawRows, rawSequences, panes, equalPanes, sampledPanes, alerts, undisturbedAlerts } = outcome;
  const differences: string[] = [];
  if (rawRows !== messages || rawSequences !== messages) {
    differences.push(`${messages} messages, and ${rawRows} rows of ${rawSequences} sequences`);
  }
  if (panes < sampledPanes || equalPanes !== panes) {
    differences.push(`${equalPanes} of ${panes} panes are those of SAMPLE BY, which has ${sampledPanes}`);
  }
  if (outcome.fallenArrivals > 0) differences.push(`the arrival falls ${outcome.fallenArrivals} times`);
  if (JSON.stringify(alerts) !== JSON.stringify(undisturbedAlerts)) {
    const only = (some: readonly string[], others: readonly string[]) =>
      some.find(alert => !others.includes(alert)) ?? 'none';
    differences.push(
      `${alerts.length} alerts, and ${undisturbedAlerts.length} undisturbed; only there ${only(alerts, undisturbedAlerts)}; ` +
        `only undisturbed ${only(undisturbedAlerts, alerts)}`,
    );
  }
  return differences;
}

/** Of each device in their order; devices in one order. */
export function byDevice(alerts: readonly Alert[]): string[] {
  const texts = Map.groupBy(alerts, alert => alert.key.device);
  return [...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, ofDevice]) => ofDevice.map(alert => JSON.stringify(alert, withoutIdentity)));
}

/** Of an event where an alert comes from: it has one where its stream is stored, which the undisturbed run does not do. */
function withoutIdentity(name: string, value: unknown): unknown {
  return name === 'source' || name === 'seq' || name === 'item' ? undefined : value;
}
