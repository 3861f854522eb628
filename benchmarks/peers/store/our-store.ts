/** JetStream → the raw series and one of a minute in QuestDB; then it stays, so that its processor time can be read. */
import { enginePass, storedRulesOf } from '../../throughput/jetstream/engine-pass.ts';
import { SUBJECTS } from '../../throughput/jetstream/fill-streams.ts';

const [nats, questDb, stateDirectory, events] = process.argv.slice(2) as [string, string, string, string]; // as: our-pass.ts gives them
process.on('message', () => {}); // until the parent disconnects
await enginePass({
  rules: storedRulesOf(SUBJECTS.single),
  workerCount: 0, // with one worker it takes a fifth more processor time, which two cores do not have beside both servers
  nats,
  questDb,
  stateDirectory,
  events: Number(events),
});
process.send!('stored');
