import { createConnectors } from '../../../connectors/index.ts';
import type { Connector } from '../../../engine/connector.ts';
import type { Plan } from '../../../dsl/plan.ts';
import type { JobOptions } from '../../../engine/runtime/job.ts';
import { Operators } from '../../cli/actions/operators.ts';
import { journalsIn } from '../../cli/journals.ts';
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
}): Omit<JobOptions, 'signal'> & { readonly close: () => void } {
  const { plan, settings, stateDirectory, log } = options;
  const store = storeFor(settings);
  const { disk, ...journals } = journalsIn(settings.journal.directory);
  const operators = new Operators({ disk, stateDirectory, nats: settings.nats });
  return {
    plan,
    connectors: createConnectors({
      disk,
      journals,
      nats: { ...settings.nats, onWarning: warning => log({ level: 'warn', ...warning }) },
      questdb: settings.questdb,
      log: { write: text => process.stdout.write(text), isJson: true },
    }),
    ...(store === null ? {} : { store }),
    isFollowed: true,
    workerCount: workerCount(settings.workers, { plan, sources: {}, speed: 'max', isFollowed: true }),
    stateDirectory,
    inputs: [operators.actions],
    checkpointEveryMs: settings.checkpointEveryMs,
    budgets: settings.budgets,
    maxKeys: settings.maxKeys,
    onAlert: change => operators.alert(change),
    onStoreRefused: ({ code, stream, reason, count }) =>
      log({ level: 'warn', code, message: `${count} rows of ${stream} are not stored: ${reason}` }),
    drained: async () => operators.save(),
    onCheckpoint: () => operators.save(),
    onWarning: warning => log({ level: 'warn', ...warning }),
    close: () => operators.close(),
  };
}

/** Null: nothing is stored. */
export function storeFor({ store, questdb }: Settings): Connector | null {
  const found = storeOf(store, questdb);
  return typeof found === 'string' ? null : found;
}
