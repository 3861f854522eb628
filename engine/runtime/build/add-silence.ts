import { SILENT, type SilenceNode } from '../../../dsl/plan.ts';
import { Silence } from '../../operators/silence.ts';
import { KeyDictionary } from '../../state/key-dictionary.ts';
import { FramePipeline } from '../frame-pipeline.ts';
import type { SourceStream } from '../source-stream.ts';
import type { Building } from './building.ts';
import { keyFieldsOf } from './row-fields.ts';
import type { TableReplicas } from './table-replicas.ts';

/** Connects a silence to its source. Its keys are its own: those that are watched, whether they were seen or not. */
export function addSilence(
  node: SilenceNode,
  { frames, options }: Building,
  { source, replicas }: { readonly source: SourceStream; readonly replicas: TableReplicas },
): void {
  const input = frames.view(node.input);
  const { symbols, isOwned = () => true } = options;
  const keyFields = keyFieldsOf(input);
  const keys = new KeyDictionary(keyFields, symbols);
  const next = new FramePipeline(node.id, keys, options.times);
  frames.addFrame(next, { ...frames.placeOf(input.frame), tellsTime: false });
  const table = node.expectedBy === null ? null : replicas.at(node.expectedBy, source);
  const silence = new Silence(node, { keys, sourceKeys: input.frame.keys, symbols, behind: next, table, isOwned });
  const hasSeen = (keyId: number) => silence.isWatched(keyId);
  frames.addTable({ id: node.id, keys, source: undefined, hasSeen, isOfSingleKeys: true, operators: [] });
  frames.register(silence, next);
  next.addOperator(silence, undefined);
  frames.addFrameView(node.id, next, [...keyFields, { name: SILENT, type: 'bool' }]);
  source.addArrivalDriven(silence, next);
  source.addArrivalListener(node.id, silence, next);
}
