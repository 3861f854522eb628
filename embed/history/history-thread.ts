import { type PooledTask, serveShare } from '../../engine/runtime/history/pooled-shares.ts';
import { type HistoryTask, openHistoryTask } from './history-task.ts';

/** Where a thread of the pool begins: one share, until it is closed. */
export default async function runShare({ content, port }: PooledTask<HistoryTask>): Promise<void> {
  await serveShare(openHistoryTask(content), port);
}
