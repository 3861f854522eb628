import type { SideNode, SourceNode } from '../../../dsl/plan.ts';
import { neededFields } from '../../batch.ts';
import type { ArrivalClock } from '../../connector.ts';
import { KeyDictionary } from '../../state/key-dictionary.ts';
import { DEFAULT_MAX_KEYS, KeyLimit } from '../../state/key-limit.ts';
import { FramePipeline } from '../frame-pipeline.ts';
import { KeyClock } from '../key-clock.ts';
import { RawRows } from '../raw-rows.ts';
import type { RowShape } from '../row-batch.ts';
import { sideSource } from '../side-source.ts';
import { SourceStream } from '../source-stream.ts';
import { activityOf } from './activity.ts';
import type { Building } from './building.ts';
import { revisedWindows } from './revised-windows.ts';
import { fieldOf } from './row-fields.ts';

/** The streams of events that a plan begins with: its sources, and what is made of what they leave aside. */
export class BuiltSources {
  readonly streams = new Map<string, SourceStream>();
  /** What sources leave aside, and changes of alerts, by the id of its node. */
  readonly sides = new Map<string, SourceStream>();
  readonly #building: Building;
  readonly #raw = new Map<string, RawRows>(); // by store node

  constructor(building: Building) {
    this.#building = building;
  }

  add(node: SourceNode): void {
    const arrivalClock = this.#building.options.arrivalClockOf(node.id);
    this.streams.set(node.id, this.#stream(node, { arrivalClock, clocksOf: [node.id] }));
  }

  addSide(node: SideNode): void {
    const source = this.#building.node(node.input, 'source');
    const side = this.addAdmitted(sideSource(node, source), [source.id]);
    this.streams.get(node.input)!.addSide(node, side);
  }

  /** What is no connector's; `clocksOf`: the sources whose arrival clocks are its own. */
  addAdmitted(node: SourceNode, clocksOf: readonly string[]): SourceStream {
    const stream = this.#stream(node, { arrivalClock: 'admitted', clocksOf });
    this.sides.set(node.id, stream);
    return stream;
  }

  /** The shape of the rows of a raw series; undefined: the store node is of another one. */
  rawShape(storeId: string): RowShape | undefined {
    return this.#raw.get(storeId)?.shape;
  }

  #stream(
    node: SourceNode,
    arrivals: { readonly arrivalClock: ArrivalClock | 'admitted'; readonly clocksOf: readonly string[] },
  ): SourceStream {
    const { frames, options } = this.#building;
    const fields = neededFields(node);
    const keyFields = node.key.map(name => fieldOf(fields, name));
    const { symbols, maxKeys = DEFAULT_MAX_KEYS, times } = options;
    const keyLimit = new KeyLimit(maxKeys, symbols);
    const pipeline = new FramePipeline(node.id, new KeyDictionary(keyFields, symbols, keyLimit), times);
    const clock = new KeyClock(node);
    const raw = this.#rawOf(node);
    const source = new SourceStream({
      node,
      clock,
      pipeline,
      symbols,
      keyLimit,
      ...arrivals,
      onRejected: options.onRejected,
      raw,
      onRaw: rows => options.onRows(rows, raw!.shape),
      revised: revisedWindows(this.#building, node.id, null),
    });
    const activity = activityOf(clock, { isPending: () => false, hasRuns: true });
    frames.addTimeline(node.id, { timeline: source, activity, tellsTime: true });
    frames.addFrameView(node.id, pipeline, fields);
    return source;
  }

  /** Where the rows of its raw series are wanted. */
  #rawOf(source: SourceNode): RawRows | undefined {
    const { plan, rowStreams } = this.#building.options;
    const store = plan.nodes.find(node => node.kind === 'store' && node.input === source.id);
    if (store === undefined || !rowStreams.includes(store.id)) return undefined;
    const raw = new RawRows(store.id, source);
    this.#raw.set(store.id, raw);
    return raw;
  }
}
