import fc from 'fast-check';
import { expect } from 'vitest';
import { compile } from '../../dsl/compile.ts';
import type { Plan } from '../../dsl/plan.ts';
import { compareTexts } from '../../engine/compare-texts.ts';
import { Engine } from '../../engine/engine.ts';
import type { AlertChange } from '../../engine/operator.ts';
import { type Output, OutputRecord } from '../../engine/scenario/output-record.ts';
import { type PartitionedCheckpoint, PartitionedEngine } from '../../engine/scenario/partitioned-engine.ts';
import { batchOf, type TestEvent } from '../oracle/plan-builder.ts';

/** Several sources with rules on them, read now here, now there, by workers that stop and start. */
export const SOURCES = ['s', 't', 'u'];
export const START_MS = 1_000;

export type SourceEvent = TestEvent & { readonly site: string };

export const events = fc
  .array(
    fc.record({
      key: fc.constantFrom(...'abcd'),
      site: fc.constantFrom('north', 'south'),
      delayMs: fc.constantFrom(0, 0, 0, 1, 5, 12),
      stepMs: fc.constantFrom(0, 0, 1, 1, 2, 5, 20),
      value: fc.option(fc.integer({ min: -3, max: 5 }), { freq: 6 }),
    }),
    { maxLength: 25 },
  )
  .map(steps => {
    let arrivalMs = START_MS;
    return steps.map(({ delayMs, stepMs, ...event }): SourceEvent => {
      arrivalMs += stepMs;
      return { ...event, timeUs: (arrivalMs - delayMs) * 1_000, arrivalUs: arrivalMs * 1_000 };
    });
  });

/** Which source is read next, how much of it, and what happens before that. */
export const reads = fc.array(
  fc.record({
    source: fc.nat(SOURCES.length - 1),
    count: fc.integer({ min: 1, max: 5 }),
    isTicked: fc.boolean(),
    disturbance: fc.constantFrom('none', 'none', 'none', 'checkpoint', 'crash'),
  }),
  { minLength: 1, maxLength: 30 },
);
export const workers = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 });

export type Source = { readonly id: string; readonly text: string; readonly events: readonly SourceEvent[] };
export type Read = {
  readonly source: number;
  readonly count: number;
  readonly isTicked: boolean;
  readonly disturbance: 'none' | 'checkpoint' | 'crash';
};

/** That a source may have. */
const MAX_RULES = 10;

export type Change = { readonly atUs: number; readonly order: number; readonly alert: AlertChange };

/** A source alone, its clock moved on millisecond by millisecond: so it is known when each change happened. */
export function changesOf({ text, events: own, id }: Source, source: number, endUs: number): Change[] {
  const changes: Change[] = [];
  let atUs = 0;
  const plan = planOf(text);
  const rules = plan.nodes.flatMap(node => (node.kind === 'rule' ? [node.name] : []));
  const engine = new Engine(plan, {
    onAlert: alert => changes.push({ atUs, order: source * MAX_RULES + rules.indexOf(alert.rule), alert }),
  });
  let next = 0;
  for (atUs = START_MS * 1_000; atUs <= endUs; atUs += 1_000) {
    const begin = next;
    while (next < own.length && own[next]!.arrivalUs === atUs) next++;
    engine.tick(id, atUs);
    if (next > begin) engine.push(batchOf(own.slice(begin, next), engine.symbols, id));
  }
  atUs = endUs;
  engine.finish(id);
  return changes;
}

/** Several workers, which stop and start, and sources of which now one is ahead, now another. */
export class Run {
  readonly #plan: Plan;
  readonly #sources: readonly Source[];
  readonly #workerCounts: readonly number[];
  readonly #endUs: number;
  readonly #outputs = new OutputRecord();
  #starts = 0;
  #engine: PartitionedEngine;
  #next: number[];
  #last: {
    readonly next: readonly number[];
    readonly state?: PartitionedCheckpoint;
    readonly heard: ReadonlyMap<string, number>;
  };

  constructor(plan: Plan, all: readonly Source[], workerCounts: readonly number[], endUs: number) {
    this.#plan = plan;
    this.#sources = all;
    this.#workerCounts = workerCounts;
    this.#endUs = endUs;
    this.#next = all.map(() => 0);
    this.#engine = this.#start();
    this.#last = { next: this.#next, heard: this.#outputs.position() };
  }

  play(order: readonly Read[]): {
    readonly outputs: Readonly<Record<string, readonly Output[]>>;
    readonly contradictions: readonly string[];
  } {
    for (const read of order) {
      if (read.disturbance === 'checkpoint') this.#checkpoint();
      if (read.disturbance === 'crash') this.#crash();
      if (read.source < this.#sources.length) this.#read(read);
    }
    this.#sources.forEach((_, source) => this.#read({ source, count: Infinity, isTicked: false }));
    this.#checkpoint();
    const last = order[0]!.source % this.#sources.length; // whichever is at its end last
    const ends = [...this.#sources.keys()].filter(source => source !== last);
    for (const source of [...ends, last]) {
      const { id } = this.#sources[source]!;
      this.#engine.tick(id, this.#endUs);
      this.#engine.finish(id);
      this.#checkpoint();
      if (this.#starts % 2 === 0) this.#crash();
    }
    this.#outputs.close();
    return {
      outputs: Object.fromEntries([...this.#outputs.series].sort(([a], [b]) => compareTexts(a, b))),
      contradictions: this.#outputs.contradictions,
    };
  }

  #read({ source, count, isTicked }: Pick<Read, 'source' | 'count' | 'isTicked'>): void {
    const { id, events: own } = this.#sources[source]!;
    const from = this.#next[source]!;
    const next = own[from];
    if (next === undefined) return;
    if (isTicked) this.#engine.tick(id, next.arrivalUs);
    const to = Math.min(from + count, own.length);
    this.#engine.push(batchOf(own.slice(from, to), this.#engine.symbols, id));
    this.#next = this.#next.with(source, to);
  }

  #checkpoint(): void {
    this.#last = { next: this.#next, state: this.#engine.checkpoint(), heard: this.#outputs.position() };
  }

  #crash(): void {
    this.#engine = this.#start(this.#last.state);
    this.#outputs.rewind(this.#last.heard);
    this.#next = [...this.#last.next];
  }

  #start(checkpoint?: PartitionedCheckpoint): PartitionedEngine {
    return new PartitionedEngine({
      plan: this.#plan,
      workerCount: this.#workerCounts[this.#starts++ % this.#workerCounts.length]!,
      rowStreams: this.#plan.nodes.flatMap(node => (node.kind === 'select' ? [node.id] : [])),
      arrivalClock: 'recorded',
      ...(checkpoint === undefined ? {} : { checkpoint }),
      onRows: batch => {
        for (const row of batch.rows) this.#outputs.add({ kind: 'row', name: batch.stream, row });
      },
      onAlert: alert => this.#outputs.add({ kind: 'alert', name: alert.rule, alert }),
    });
  }
}

/** As it runs with state: all fields are columns. */
export function planOf(text: string): Plan {
  const { plan, diagnostics } = compile({ file: 'p.mill', text });
  expect(diagnostics).toEqual([]);
  const nodes = plan!.nodes.map(node =>
    node.kind === 'source' ? { ...node, fields: node.fields.map(field => ({ ...field, isNeeded: true })) } : node,
  );
  return { ...plan!, nodes };
}
