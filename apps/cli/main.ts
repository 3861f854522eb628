import { Command } from 'commander';
import { addActionCommands } from './act.ts';
import { addAlertsCommand } from './alerts.ts';
import { addCheckCommand } from './check.ts';
import { addClusterCommand } from './cluster.ts';
import { addDeployCommand } from './deploy.ts';
import { addExplainCommand } from './explain.ts';
import { addExportCommand } from './export.ts';
import { addFmtCommand } from './fmt.ts';
import { addHostCommand } from './host.ts';
import { addIngestCommand } from './ingest.ts';
import { addNewCommand } from './new.ts';
import { packageVersion } from './package-root.ts';
import { addPlanCommand } from './plan.ts';
import { addPublishCommand } from './publish.ts';
import { reportError } from './report-error.ts';
import { addQueryCommand } from './query.ts';
import { addRollbackCommand } from './rollback.ts';
import { addRunCommand } from './run.ts';
import { addSeriesCommand } from './series.ts';
import { addServeCommand } from './serve.ts';
import { addScoreCommand } from './score.ts';
import { addServicesCommand } from './services.ts';
import { addSetupCommand } from './setup.ts';
import { endWithStandardStreams } from './standard-streams.ts';
import { addTestCommand } from './test.ts';
import { addVersionsCommand } from './versions.ts';
import { addWhyNotCommand } from './why-not.ts';
import { addWhyCommand } from './why.ts';

const program = new Command('millrace')
  .description('Turns machine telemetry into alarms that can be trusted.')
  .version(packageVersion())
  .exitOverride()
  .showHelpAfterError('(millrace --help shows commands and options)');

addRunCommand(program);
addServeCommand(program);
addDeployCommand(program);
addRollbackCommand(program);
addVersionsCommand(program);
addClusterCommand(program);
addCheckCommand(program);
addFmtCommand(program);
addTestCommand(program);
addExplainCommand(program);
addExportCommand(program);
addPlanCommand(program);
addHostCommand(program);
addIngestCommand(program);
addPublishCommand(program);
addQueryCommand(program);
addSeriesCommand(program);
addScoreCommand(program);
addNewCommand(program);
addSetupCommand(program);
addServicesCommand(program);
addAlertsCommand(program);
addActionCommands(program);
addWhyCommand(program);
addWhyNotCommand(program);

endWithStandardStreams();
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
