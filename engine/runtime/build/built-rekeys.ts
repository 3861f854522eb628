import type { Rekey } from '../../operators/rekey.ts';
import type { RekeysBehind } from '../../operators/rekey/rekeys-behind.ts';
import type { KeyDictionary } from '../../state/key-dictionary.ts';
import type { SilentKeys } from '../../state/silent-keys.ts';
import type { FramePipeline } from '../frame-pipeline.ts';
import type { Timeline } from '../timeline.ts';
import type { BuiltFrames } from './built-frames.ts';

/** The rekeys of a plan, each behind the keys that it makes sites of: a timeline's, or the sites of another one. */
export class BuiltRekeys {
  readonly #frames: BuiltFrames;
  readonly #rekeyOf = new Map<KeyDictionary, Rekey>(); // by the keys of its sites

  constructor(frames: BuiltFrames) {
    this.#frames = frames;
  }

  /** It reads the entries of `input`, and starts `next`. */
  add(rekey: Rekey, input: FramePipeline, next: FramePipeline): void {
    const timeline = this.#frames.timelineOf(input);
    timeline.addArrivalDriven(rekey, next);
    this.#behind(input, timeline).add(rekey);
    const { keys } = next;
    this.#rekeyOf.set(keys, rekey);
    next.isOfSites = true;
    const rest = { source: undefined, hasSeen: () => true, isOfSingleKeys: false };
    this.#frames.addTable({ id: rekey.node.id, keys, ...rest, operators: [] });
    for (const frame of this.#frames.on(timeline)) if (frame !== next) frame.hasRekey = true;
  }

  remove(rekey: Rekey, input: FramePipeline): void {
    this.#behind(input, this.#frames.timelineOf(input)).remove(rekey);
  }

  /** Null: the silence of these keys, which stand behind the timeline, says nothing. */
  silenceOf(keys: KeyDictionary, timeline: Timeline): SilentKeys | null {
    return timeline.pipeline.keys === keys ? timeline.silence : (this.#rekeyOf.get(keys)?.silence ?? null);
  }

  #behind({ keys }: FramePipeline, timeline: Timeline): RekeysBehind {
    return (this.#rekeyOf.get(keys) ?? timeline).rekeys;
  }
}
