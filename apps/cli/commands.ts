import type { Command } from 'commander';

/** Most of a start is loading, so a command brings what it needs only when it is the one. */
type LazyCommand = {
  readonly names: readonly string[];
  readonly load: () => Promise<(program: Command) => void>;
};

/** In the order of the help. */
export const COMMANDS: readonly LazyCommand[] = [
  { names: ['run'], load: async () => (await import('./run.ts')).addRunCommand },
  { names: ['serve'], load: async () => (await import('./serve.ts')).addServeCommand },
  { names: ['deploy'], load: async () => (await import('./deploy.ts')).addDeployCommand },
  { names: ['rollback'], load: async () => (await import('./rollback.ts')).addRollbackCommand },
  { names: ['versions'], load: async () => (await import('./versions.ts')).addVersionsCommand },
  { names: ['cluster'], load: async () => (await import('./cluster.ts')).addClusterCommand },
  { names: ['check'], load: async () => (await import('./check.ts')).addCheckCommand },
  { names: ['fmt'], load: async () => (await import('./fmt.ts')).addFmtCommand },
  { names: ['test'], load: async () => (await import('./test.ts')).addTestCommand },
  { names: ['explain'], load: async () => (await import('./explain.ts')).addExplainCommand },
  { names: ['export'], load: async () => (await import('./export.ts')).addExportCommand },
  { names: ['plan'], load: async () => (await import('./plan.ts')).addPlanCommand },
  { names: ['host'], load: async () => (await import('./host.ts')).addHostCommand },
  { names: ['ingest'], load: async () => (await import('./ingest.ts')).addIngestCommand },
  { names: ['publish'], load: async () => (await import('./publish.ts')).addPublishCommand },
  { names: ['replay'], load: async () => (await import('./replay.ts')).addReplayCommand },
  { names: ['query'], load: async () => (await import('./query.ts')).addQueryCommand },
  { names: ['series'], load: async () => (await import('./series.ts')).addSeriesCommand },
  { names: ['backtest'], load: async () => (await import('./backtest.ts')).addBacktestCommand },
  { names: ['tune'], load: async () => (await import('./tune.ts')).addTuneCommand },
  { names: ['score'], load: async () => (await import('./score.ts')).addScoreCommand },
  { names: ['new'], load: async () => (await import('./new.ts')).addNewCommand },
  { names: ['setup'], load: async () => (await import('./setup.ts')).addSetupCommand },
  { names: ['services'], load: async () => (await import('./services.ts')).addServicesCommand },
  { names: ['alerts'], load: async () => (await import('./alerts.ts')).addAlertsCommand },
  {
    names: ['ack', 'comment', 'shelve', 'unshelve', 'suppress', 'unsuppress', 'out-of-service', 'in-service'],
    load: async () => (await import('./act.ts')).addActionCommands,
  },
  { names: ['why'], load: async () => (await import('./why.ts')).addWhyCommand },
  { names: ['why-not'], load: async () => (await import('./why-not.ts')).addWhyNotCommand },
];

/** Adds the command of this name; where there is none, all: for the help, and for what was meant. */
export async function addCommands(program: Command, name: string | undefined): Promise<void> {
  const asked = COMMANDS.filter(({ names }) => name !== undefined && names.includes(name));
  for (const { load } of asked.length > 0 ? asked : COMMANDS) (await load())(program);
}
