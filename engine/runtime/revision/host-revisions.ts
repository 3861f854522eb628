import type { Plan } from '../../../dsl/plan.ts';
import type { Engine } from '../../engine.ts';
import { assert } from '../../errors.ts';
import type { ReviseAnswer, ReviseStep } from '../workers/worker-protocol.ts';
import { HostRevision } from './host-revision.ts';
import { type RevisionSlice, revisionSlices } from './revision-slice.ts';
import { SiteRevision } from './site-revision.ts';
import type { ShadowOutput } from './shadow.ts';

/** Makes an engine for a slice of the plan. */
export type CreateShadow = (slice: RevisionSlice, output: ShadowOutput) => Engine;

/** The revisions of one worker, one at a time: begun, fed, and ended, between two rounds each. */
export class HostRevisions {
  readonly #slices: ReadonlyMap<string, RevisionSlice>;
  readonly #engineOf: (slice: RevisionSlice) => Engine;
  readonly #createShadow: CreateShadow;
  #underWay: HostRevision | SiteRevision | undefined;

  constructor(
    plan: Plan,
    options: { readonly engineOf: (slice: RevisionSlice) => Engine; readonly createShadow: CreateShadow },
  ) {
    this.#slices = new Map(revisionSlices(plan).map(slice => [slice.window, slice]));
    this.#engineOf = options.engineOf;
    this.#createShadow = options.createShadow;
  }

  take(step: ReviseStep): ReviseAnswer {
    if (step.kind === 'begin') return this.#begin(step);
    const revision = this.#underWay;
    assert(revision !== undefined, 'a revision is begun first');
    if (step.kind === 'events') {
      revision.feed(step.events, step.isNew);
      return { kind: 'fed' };
    }
    this.#underWay = undefined;
    if (step.kind === 'end') return revision.finish(step);
    revision.giveUp();
    return { kind: 'given-up' };
  }

  #begin({ window, keys }: Extract<ReviseStep, { readonly kind: 'begin' }>): ReviseAnswer {
    const slice = this.#slices.get(window)!; // who begins it knows the plan
    const engine = this.#engineOf(slice);
    const createEngine = (output: ShadowOutput) => this.#createShadow(slice, output);
    this.#underWay =
      slice.rekey === null
        ? new HostRevision({ slice, keys, live: engine.keyStates(slice.source.id), createEngine })
        : new SiteRevision({ slice, keys, live: engine.revisedSites(slice.rekey.id), createEngine });
    return { kind: 'begun', watermarkUs: this.#underWay.watermarkUs };
  }
}
