import type { Plan } from '../../../dsl/plan.ts';
import type { PackedTexts } from '../../batch.ts';
import type { Position } from '../../connector.ts';
import type { Snapshot } from '../../operator.ts';
import { matchState, type StateMatch } from '../../state-identity.ts';
import type { Restored } from './checkpointer.ts';
import { type Counts, NO_COUNTS } from '../delivery.ts';
import type { FilledState } from '../fill/fill-state.ts';
import type { RecordedInputsOptions } from '../inputs/recorded-inputs.ts';
import type { JobWarning } from '../job-options.ts';
import type { RevisionsState } from '../revision/revisions.ts';
import type { SourceEnd } from '../source-end.ts';
import type { PassedBudget, StateBudgets } from '../state-budget.ts';
import type { KeptNode, RestoredState } from '../workers/worker-protocol.ts';

/** What a job goes on with: a checkpoint under the rules that run now, or nothing. */
export class StoredState {
  readonly #restored: Restored | undefined;
  readonly #match: StateMatch | undefined;

  constructor(restored: Restored | undefined, plan: Plan) {
    this.#restored = restored;
    this.#match = restored === undefined ? undefined : matchState(restored.content.plan, plan);
  }

  /** There is no checkpoint. */
  get isEmpty(): boolean {
    return this.#restored === undefined;
  }

  /** Oldest first. */
  get symbols(): readonly PackedTexts[] {
    return this.#restored?.symbols ?? [];
  }

  /** Of recorded inputs; null: there is no checkpoint. */
  get inputs(): RecordedInputsOptions['stored'] {
    if (this.#restored === undefined) return null;
    return { state: this.#restored.content.inputs, entries: this.#restored.entries };
  }

  get counts(): Counts {
    return { ...NO_COUNTS, ...this.#restored?.content.counts };
  }

  get sinks(): Readonly<Record<string, Position | null>> {
    return this.#restored?.content.sinks ?? {};
  }

  /** Of windows that run now some may not be there any more. */
  get revisions(): RevisionsState | undefined {
    return this.#restored?.content.revisions;
  }

  /** What the workers take over; null: they start empty. `filled`: of nodes of which nothing is stored. */
  forWorkers(filled: FilledState | null): RestoredState | null {
    if (this.#restored === undefined || this.#match === undefined) return null;
    const kept = { ...keptNodesOf(this.#match), ...filled?.kept };
    return { parts: this.#restored.parts, kept, ...(filled === null ? {} : { filled: filled.parts }) };
  }

  /** Where a source reads on. */
  positionOf(stream: string): Position | null {
    const from = this.#match?.positions.get(stream);
    return from === undefined ? null : (this.#restored!.content.sources[from] ?? null);
  }

  /** What a source's arrival gate knows. */
  gateOf(stream: string): Snapshot | undefined {
    const match = this.#match?.nodes.get(stream);
    return match?.kept === true ? this.#restored!.content.gates[match.from] : undefined;
  }

  /** Up to where the events of a source had come. */
  endOf(stream: string): SourceEnd | undefined {
    const match = this.#match?.nodes.get(stream);
    return match?.kept === true ? this.#restored!.content.ends?.[match.from] : undefined;
  }

  /** What of the rules that run now can be filled from stored series; null: there is nothing to go on with. */
  get changed(): { readonly match: StateMatch; readonly plan: Plan } | null {
    if (this.#match === undefined) return null;
    return { match: this.#match, plan: this.#restored!.content.plan };
  }

  /** Rules that were paused and stay so: a greater budget than the one they were over lets them start again, empty. */
  pausedUnder({ ruleBytes, totalBytes }: StateBudgets): Record<string, PassedBudget> {
    const paused = Object.entries(this.#restored?.content.paused ?? {});
    return Object.fromEntries(
      paused.filter(([, { budget, budgetBytes }]) => (budget === 'rule' ? ruleBytes : totalBytes) <= budgetBytes),
    );
  }

  /** Of checkpoints that are damaged. */
  passedOver(): JobWarning[] {
    return (this.#restored?.passedOver ?? []).map(({ reason }) => warningOf(reason));
  }

  /** What is not filled starts empty. */
  emptyWarnings(filled: FilledState | null): JobWarning[] {
    const warnings: JobWarning[] = [];
    const nodes = [...(this.#match?.nodes.values() ?? [])];
    const empty = nodes.filter(({ id, kept }) => !kept && filled?.kept[id] === undefined);
    if (empty.length > 0) {
      warnings.push({
        code: 'MR6007',
        message: `the rules are not those of the last run: ${empty.length} of ${nodes.length} parts of the state start empty`,
        hint: '`millrace plan` with the same files and --state says which, and why',
      });
    }
    return warnings;
  }
}

/** By node of the rules that run now: the stored state that it takes over. */
export function keptNodesOf({ nodes }: StateMatch): Readonly<Record<string, KeptNode>> {
  const kept: Record<string, KeptNode> = {};
  for (const match of nodes.values()) {
    if (!match.kept) continue;
    kept[match.id] = { from: match.from, fromTable: match.fromTable, names: Object.fromEntries(match.columns) };
  }
  return kept;
}

function warningOf({ code, message, hint }: { code: string; message: string; hint: string | undefined }): JobWarning {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}
