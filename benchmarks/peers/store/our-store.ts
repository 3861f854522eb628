/** JetStream → the raw series and one of a minute in QuestDB; tells its parent the processor seconds of the whole process. */
import { enginePass, storedRulesOf } from '../../throughput/jetstream/engine-pass.ts';
import { SUBJECTS } from '../../throughput/jetstream/fill-streams.ts';

const [nats, questDb, stateDirectory, events] = process.argv.slice(2) as [string, string, string, string]; // as: our-pass.ts gives them
await enginePass({
  rules: storedRulesOf(SUBJECTS.single),
  workerCount: 1,
  nats,
  questDb,
  stateDirectory,
  events: Number(events),
});
const { user, system } = process.cpuUsage();
process.send!((user + system) / 1e6);
process.disconnect();
