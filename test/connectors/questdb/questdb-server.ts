import { SHORT_LIVED, startQuestDb as start } from '../../../scripts/services/index.js';

export type QuestDbServer = Awaited<ReturnType<typeof start>>;

/** A QuestDB of a test's own, which it may kill, configure and start again. */
export async function startQuestDb(options: {
  readonly directory: string;
  readonly config?: Readonly<Record<string, string>>;
}): Promise<QuestDbServer> {
  return await start({ ...options, javaOptions: SHORT_LIVED });
}
