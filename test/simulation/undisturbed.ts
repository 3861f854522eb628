import type { Plan } from '../../dsl/plan.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { Arrivals } from './arrivals.ts';
import { FakeDisk } from './fake-disk.ts';
import type { Result } from './expect-same.ts';
import { live, RECORDED_FOLDER, STATE_FOLDER, type Surroundings } from './life.ts';
import { Locks } from './locks.ts';
import { copyFolder } from './copy-folder.ts';
import { createStores } from './fake-sink.ts';
import { JOURNALS_FOLDER } from './sender.ts';
import { emptyTally } from './tally.ts';
import { NO_TROUBLES } from './troubles.ts';
import { World } from './world.ts';

/**
 * The same input under the same rules in one go: one life on one thread, in large batches, with no state kept but what was
 * recorded beside the events.
 */
export async function runUndisturbed(plan: Plan, disturbed: Surroundings): Promise<Result> {
  const random = createRandom('undisturbed');
  const { logs, isFromJournals, inputs } = disturbed;
  const around: Surroundings = {
    world: new World(random, () => {}),
    random,
    disk: new FakeDisk({ random, step: async () => {} }),
    locks: new Locks(),
    logs: new Map([...logs].map(([stream, log]) => [stream, log.copy()])),
    arrivals: new Arrivals(),
    isFromJournals,
    stores: createStores(plan),
    rejected: [],
    tally: emptyTally(),
    inputs,
  };
  await around.disk.makeFolder('/rules');
  if (isFromJournals) await copyFolder(disturbed.disk, around.disk, JOURNALS_FOLDER);
  if (inputs !== null) await copyFolder(disturbed.disk, around.disk, RECORDED_FOLDER);
  const end = await live(around, {
    plan,
    workerCount: 0,
    stateDirectory: inputs === null ? null : STATE_FOLDER,
    areInputsStill: true,
    checkpointEveryMs: Infinity,
    maxMessages: Infinity,
    troubles: NO_TROUBLES,
    ending: null,
    isDrained: true,
  });
  if (end.kind !== 'completed') throw new Error(`the undisturbed run ${end.kind}`);
  return { ...around, counts: end.summary };
}
