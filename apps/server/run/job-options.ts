import type { Connector } from '../../../engine/connector.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { jobOfSettings } from '../../cli/job-of-settings.ts';
import { storeOf } from '../../cli/store-option.ts';
import { workerCount } from '../../cli/worker-count.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Log } from '../log/log-line.ts';

/** A plan as a job of this service; `close` when it has ended. What it opens is its own: a job that failed leaves nothing behind. */
export function jobOptions(options: {
  readonly plan: Plan;
  readonly settings: Settings;
  readonly stateDirectory: string;
  readonly log: Log;
}) {
  const { plan, settings, stateDirectory, log } = options;
  return {
    ...jobOfSettings({
      settings,
      store: storeFor(settings),
      stateDirectory,
      isLogJson: true,
      onWarning: warning => log({ level: 'warn', ...warning }),
    }),
    plan,
    isFollowed: true,
    workerCount: workerCount(settings.workers, { plan, sources: {}, speed: 'max', isFollowed: true }),
  };
}

/** Null: nothing is stored. */
export function storeFor({ store, questdb }: Settings): Connector | null {
  const found = storeOf(store, questdb);
  return typeof found === 'string' ? null : found;
}
