import type { Field, SideNode } from '../../dsl/plan.ts';
import type { EventBatch, Rejection, SymbolTable } from '../batch.ts';
import { LateEvents } from './late-events.ts';
import { RejectedEvents } from './rejected-events.ts';
import type { SourceStream } from './source-stream.ts';
import type { Follower } from './timeline.ts';

/** Streams that a source makes beside its own: of what it leaves aside, and what follows its clock. */
export class SourceSides {
  readonly #fields: readonly Field[]; // of a batch's columns
  readonly #symbols: SymbolTable;
  #late: { readonly stream: SourceStream; readonly events: LateEvents } | undefined;
  #rejected: { readonly stream: SourceStream; readonly events: RejectedEvents } | undefined;
  readonly #followers: Follower[] = []; // in the plan's order
  #latePlaces: number[] = []; // in the batch

  constructor(fields: readonly Field[], symbols: SymbolTable) {
    this.#fields = fields;
    this.#symbols = symbols;
  }

  add(node: SideNode, stream: SourceStream): void {
    if (node.side === 'late') this.#late = { stream, events: new LateEvents(node, this.#fields) };
    else this.#rejected = { stream, events: new RejectedEvents(node, this.#symbols) };
  }

  addFollower(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** The event at this place of the batch that is being handled. */
  noteLate(place: number): void {
    if (this.#late !== undefined) this.#latePlaces.push(place);
  }

  /** After the batch is handled. */
  takeLate(batch: EventBatch): void {
    const places = this.#latePlaces;
    if (places.length === 0) return;
    this.#latePlaces = [];
    this.#late!.stream.push(this.#late!.events.take(batch, places));
  }

  /** Before any event of their batch is handled. */
  takeRejected(rejections: readonly Rejection[]): void {
    this.#rejected?.stream.push(this.#rejected.events.take(rejections));
  }

  /** An engine's sides are as far as their source. */
  tick(nowUs: number): void {
    this.#late?.stream.tick(nowUs);
    this.#rejected?.stream.tick(nowUs);
    this.advanceFollowers();
  }

  advanceFollowers(): void {
    for (const follower of this.#followers) follower.advance();
  }

  /** What is left aside; what follows has its end with the source itself. */
  finish(nowUs: number): void {
    this.#late?.stream.finish(nowUs);
    this.#rejected?.stream.finish(nowUs);
  }
}
