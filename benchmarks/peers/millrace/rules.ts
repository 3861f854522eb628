import { createMessageDecoder, type MessageDecoder } from '../../../connectors/codecs/message-decoder.ts';
import type { Plan } from '../../../dsl/plan.ts';
import { SymbolTable } from '../../../engine/batch.ts';
import { BatchBuilder } from '../../../engine/batch/batch-builder.ts';
import type { Engine, EngineOptions } from '../../../engine/engine.ts';
import { engineBatches } from '../../golden-stream.ts';
import { machine } from '../../machine.ts';
import { OutputSum } from '../../output-sum.ts';
import { adding, createEngine, planOf } from '../../throughput/passes.ts';
import type { Query } from '../../throughput/query.ts';
import { type Contestant, type Elapsed, type InputEvents, type Pass, timed } from './contestant.ts';

const BATCH_EVENTS = 4_096; // as a job reads them

/** Rules as text, on one thread; each pass is a new engine. */
export const rules: Contestant = {
  version: `Millrace ${machine()['millrace']} (${machine()['commit']})`,

  sum(query, events) {
    const sum = new OutputSum();
    run(query, events, adding(sum));
    return sum;
  },

  pass(query, events): Pass {
    let outputs = 0;
    const elapsed = run(query, events, { onRows: batch => (outputs += batch.length), onAlert: () => outputs++ });
    return { ...elapsed, outputs };
  },
};

function run(query: Query, events: InputEvents, outputs: EngineOptions): Elapsed {
  const plan = planOf(query);
  if (events.entrance === 'memory') {
    const engine = createEngine(plan, query, events.stream, outputs);
    const batches = engineBatches(events.stream, plan);
    return timed(() => {
      for (const batch of batches) engine.push(batch);
      engine.finish('s');
    });
  }
  const symbols = new SymbolTable();
  const engine = createEngine(plan, query, { symbols }, outputs);
  return timed(() => {
    decode({ plan, symbols, messages: events.messages, engine });
    engine.finish('s');
  });
}

/** As a source does it: messages into columns, and those to the engine. */
function decode(options: {
  readonly plan: Plan;
  readonly symbols: SymbolTable;
  readonly messages: readonly Buffer[];
  readonly engine: Engine;
}): void {
  const { messages, engine } = options;
  const source = options.plan.nodes.find(node => node.kind === 'source')!;
  const builder = new BatchBuilder(source, options.symbols);
  const decoder = createMessageDecoder({ codec: 'json', builder });
  for (let from = 0; from < messages.length; from += BATCH_EVENTS) {
    builder.limit({ maxEvents: BATCH_EVENTS });
    const to = Math.min(from + BATCH_EVENTS, messages.length);
    takeBatch(decoder, messages, from, to);
    engine.push(builder.build());
  }
}

/** A function of its own, as in a source: V8 optimizes it once for all batches, and not the loop around it in the middle of a pass. */
function takeBatch(decoder: MessageDecoder, messages: readonly Buffer[], from: number, to: number): void {
  for (let i = from; i < to; i++) decoder.take(messages[i]!, { sequence: i, subject: 's' });
}
