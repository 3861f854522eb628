import { createConnectors } from '../../connectors/index.ts';
import { createStoredConnector } from '../../connectors/stored/index.ts';
import type { Connector } from '../../engine/connector.ts';
import type { JobOptions, JobWarning } from '../../engine/runtime/job.ts';
import type { Settings } from '../settings/settings.ts';
import { Operators } from './actions/operators.ts';
import { journalsIn } from './journals.ts';

/** What settings say of a job, and what operators have to do with it, whoever runs it. `close` when it has ended. */
export function jobOfSettings(options: {
  readonly settings: Settings;
  readonly store: Connector | null;
  /** Null: nothing is kept, and operators cannot act. */
  readonly stateDirectory: string | null;
  /** Of what `route … to log` writes to standard output. */
  readonly isLogJson: boolean;
  readonly onWarning: (warning: JobWarning) => void;
}) {
  const { settings, store, stateDirectory, isLogJson, onWarning } = options;
  const { nats, questdb, checkpointEveryMs, budgets, maxKeys } = settings;
  const { disk, ...journals } = journalsIn(settings.journal.directory);
  const operators = stateDirectory === null ? null : new Operators({ disk, stateDirectory, nats, onWarning });
  return {
    connectors: createConnectors({
      disk,
      journals,
      nats: { ...nats, onWarning },
      questdb,
      log: { write: text => process.stdout.write(text), isJson: isLogJson },
    }),
    ...(store === null ? {} : { store, openStretch: createStoredConnector }),
    stateDirectory,
    inputs: operators === null ? [] : [operators.actions],
    checkpointEveryMs,
    budgets,
    maxKeys,
    onAlert: change => operators?.alert(change),
    onStoreRefused: ({ code, stream, reason, count }) =>
      onWarning({ code, message: `${count} rows of ${stream} are not stored: ${reason}` }),
    drained: async () => operators?.save(),
    onCheckpoint: () => operators?.save(),
    onWarning,
    close: () => operators?.close(),
  } satisfies Partial<JobOptions> & { readonly close: () => void };
}
