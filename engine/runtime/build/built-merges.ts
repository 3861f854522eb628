import type { MergeNode, SourceNode } from '../../../dsl/plan.ts';
import { KeyDictionary } from '../../state/key-dictionary.ts';
import { FramePipeline } from '../frame-pipeline.ts';
import { MergeInput } from '../merge/merge-input.ts';
import { mergedFields } from '../merge/merged-rows.ts';
import { MergedStream } from '../merge/merged-stream.ts';
import { activityOf } from './activity.ts';
import type { Building } from './building.ts';

/** The streams of a plan in which several come together. */
export class BuiltMerges {
  readonly streams = new Map<string, MergedStream>();
  readonly #building: Building;
  readonly #inputs = new Map<string, readonly MergeInput[]>(); // by merge

  constructor(building: Building) {
    this.#building = building;
  }

  add(node: MergeNode): void {
    const { frames, options, readers } = this.#building;
    const { symbols, times } = options;
    const pipeline = new FramePipeline(node.id, new KeyDictionary(node.key, symbols), times);
    const views = node.inputs.map(({ input }) => frames.view(input));
    const sources = readers.sourcesOf(node);
    const merged = new MergedStream({
      node,
      inputs: node.inputs.map(({ latenessUs }, i) => {
        return { latenessUs, timeline: frames.timelineOf(views[i]!.frame) };
      }),
      pipeline,
      sources,
      expireUs: longestExpireUs(sources.map(id => this.#building.node(id, 'source'))),
    });
    const inputs = views.map((view, place) => {
      const { tellsTime } = frames.placeOf(view.frame);
      return new MergeInput({ node, place, view, keys: view.frame.keys, merged, tellsTime });
    });
    inputs.forEach((input, place) => {
      views[place]!.frame.addOperator(input, undefined);
      frames.addReader(input, views[place]!.frame);
    });
    this.streams.set(node.id, merged);
    this.#inputs.set(node.id, inputs);
    const activity = activityOf(merged, { isPending: keyId => merged.hasWaiting(keyId), hasRuns: false });
    frames.addTimeline(node.id, { timeline: merged, activity, tellsTime: false });
    frames.addFrameView(node.id, pipeline, mergedFields(node));
  }

  /** Sources of inputs of which so much waits for others that they are not to be read on. */
  fullSources(): readonly string[] {
    return [...this.streams].flatMap(([id, { isFull }]) => {
      if (!isFull.includes(true)) return [];
      const { inputs } = this.#building.node(id, 'merge');
      return inputs.flatMap(({ input }, i) => (isFull[i]! ? this.#building.sourcesOf(input) : []));
    });
  }

  remove(nodeId: string): void {
    const { frames } = this.#building;
    for (const input of this.#inputs.get(nodeId)!) frames.frameOf(input).remove(input);
    this.streams.get(nodeId)!.stop();
    this.streams.delete(nodeId);
  }
}

/** A key is forgotten when each of its sources would do so; Infinity: one of them never does. */
function longestExpireUs(sources: readonly SourceNode[]): number {
  return Math.max(...sources.map(({ expireUs }) => expireUs ?? Infinity));
}
