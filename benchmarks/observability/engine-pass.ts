import { compile } from '../../dsl/compile.ts';
import { Engine } from '../../engine/engine.ts';
import { OperatorTimes } from '../../engine/runtime/metrics/operator-times.ts';
import { declaration, engineBatches, type GoldenStream } from '../golden-stream.ts';

const RULES = Array.from({ length: 100 }, (_, i) => `rule t${i} on s { high when temperature > ${100 + i / 10} }`).join(
  '\n',
);
const { plan } = compile({ file: 'timed.mill', text: `${declaration()}\n${RULES}` });

/** CPU seconds of an engine on this thread; with operators timed as a worker does it. */
export function enginePass(stream: GoldenStream, { isTimed }: { readonly isTimed: boolean }): number {
  const batches = engineBatches(stream, plan!);
  const times = isTimed ? new OperatorTimes(() => performance.now()) : undefined;
  const engine = new Engine(plan!, { symbols: stream.symbols, arrivalClocks: { s: 'as-read' }, times });
  const before = process.threadCpuUsage();
  for (const batch of batches) engine.push(batch);
  const { user, system } = process.threadCpuUsage(before);
  if (isTimed !== (times !== undefined && times.ms.size > 0)) throw new Error('operators were not timed');
  return (user + system) / 1e6;
}
