import type { RekeyNode } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import type { ArrivalDriven, Downstream, Frame, Operator, OperatorContext, Snapshot } from '../operator.ts';
import { growFloat64 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { ReorderBuffer } from '../state/reorder-buffer.ts';
import { RowOutput } from '../state/row-output.ts';
import { SilentKeys } from '../state/silent-keys.ts';
import { namedWaiting, waitingOf } from '../state/waiting-columns.ts';
import { maskOf } from './mask.ts';
import { ActiveKeys } from './rekey/active-keys.ts';
import type { ActivityClock } from './rekey/activity-clock.ts';
import { MovedKeys } from './rekey/moved-keys.ts';
import { RekeysBehind } from './rekey/rekeys-behind.ts';
import { SiteTimes } from './rekey/site-times.ts';
import { forEachSite, SitesOfKeys } from './rekey/sites-of-keys.ts';
import { UnplacedKeys } from './rekey/unplaced-keys.ts';
import { slotOf } from './slot-of.ts';

// An estimate: of a key at its site, entries of two sets, a place in the heap and in the queue of idle keys.
const MEMBER_BYTES = 112;

export type LateRow = { readonly site: number; readonly timeUs: number; readonly arrivalUs: number };

/**
 * The same rows under another key (here: a site), in order of (time, order of handling). A site's watermark is the least
 * of its active keys' (MEANING.md 6 and docs/decisions/0004): a key is active for `idle` after its last arrival, and for
 * as long as a pane of it is open. An active key of which nobody knows yet where it belongs holds all sites up. Where no
 * key is active, a site's watermark is the greatest, and moves with the arrival clock. Rows wait for it; what comes behind it is
 * late here, and counted.
 *
 * What the clock alone says of a key while it is active is not heard: it is said whenever something is due of the key anywhere
 * behind its source, and a site's rows must not depend on who else reads that.
 */
export class Rekey implements Operator, ArrivalDriven {
  readonly node: RekeyNode;
  /** Of its sites: one is silent when all of its keys are. Null: the keys' silence says nothing. */
  readonly silence: SilentKeys | null;
  lateCount = 0;
  /** Of its sites. */
  readonly rekeys = new RekeysBehind();
  readonly #input: OperatorContext['input'];
  readonly #downstream: Downstream;
  readonly #clock: ActivityClock;
  readonly #sites: KeyDictionary;
  readonly #inputKeys: KeyDictionary;
  readonly #bySlots: readonly number[];
  readonly #byKeyFields: readonly number[] | undefined; // where the key of the input names the site
  readonly #fieldSlots: readonly number[];
  readonly #waiting = new ReorderBuffer();
  readonly #output = new RowOutput();
  readonly #unheard = new RowOutput();
  readonly #keys: ActiveKeys; // of the input
  readonly #sitesOf = new SitesOfKeys();
  readonly #times: SiteTimes;
  readonly #unplaced = new UnplacedKeys();
  readonly #moved: MovedKeys;
  #toldIn = new Float64Array(0); // by key id of the input: at which instant it was told of for the last time
  #instantCount = 0;
  /** A row is late at its site. */
  onLate: (row: LateRow) => void = () => {};
  readonly #isOfOthers = (keyId: number) => this.#toldIn[keyId] !== this.#instantCount;
  // Of the frame that is handled.
  #mask: Uint8Array | undefined;
  #byColumns: readonly Column[] = [];
  #fieldColumns: readonly (Column | undefined)[] = [];

  constructor(
    node: RekeyNode,
    context: OperatorContext & {
      downstream: Downstream;
      clock: ActivityClock;
      keys: KeyDictionary;
      outputKeys: KeyDictionary;
      /** Of its keys. */
      silence: SilentKeys | null;
    },
  ) {
    this.node = node;
    const { silence } = context;
    this.silence =
      silence && new SilentKeys({ afterUs: silence.afterUs, lastArrivalUs: site => this.lastArrivalUs(site) });
    this.#input = context.input;
    this.#downstream = context.downstream;
    const { clock } = context;
    this.#clock = clock;
    this.#sites = context.outputKeys;
    this.#inputKeys = context.keys;
    this.#keys = new ActiveKeys(clock, keyId => context.keys.ordinals[keyId]!);
    this.#moved = new MovedKeys(clock);
    this.#times = new SiteTimes({ keys: this.#keys, unplaced: this.#unplaced, clock, moved: this.#moved });
    this.#bySlots = node.by.map(name => slotOf(context.input, name));
    const byKeyFields = node.by.map(name => context.keys.fields.indexOf(name));
    this.#byKeyFields = byKeyFields.includes(-1) ? undefined : byKeyFields;
    this.#fieldSlots = node.fields.map(field => slotOf(context.input, field.name));
  }

  get memory() {
    return { bytesPerKey: 96, plus: 'rows that wait for slower keys of the same site' };
  }

  process(frame: Frame): Frame | undefined {
    const output = this.#output.start();
    this.#mask = maskOf(frame, this.#input);
    this.#byColumns = this.#bySlots.map(slot => frame.columns[slot] as Column); // as: where there is a row, it is there
    this.#fieldColumns = this.#fieldSlots.map(slot => frame.columns[slot]);
    this.#reserveKeys(this.#inputKeys.size);
    if (frame.isRun) for (let i = 0; i < frame.length; i++) this.#handle(frame, i, i + 1, output);
    else this.#handle(frame, 0, frame.length, output);
    return output.frame;
  }

  /**
   * A run is of keys that are active, and stay so by their events, at sites that nothing else holds up: what one event finds then
   * depends on those before it alone, not on when the clocks hear of them.
   */
  runEnd(keyIds: Uint32Array, start: number, end: number): number {
    if (!this.#clock.hasRuns || !this.rekeys.isEmpty || this.#unplaced.leastUs < Infinity || this.#times.areHeld)
      return start;
    let i = start;
    while (i < end && this.#keys.isSteady(keyIds[i]!)) i++;
    return i;
  }

  isIdle(site: number): boolean {
    return !this.#times.hasActive(site);
  }

  /** Of a site: how far it has come, with the arrival clock where it has no active key. */
  watermarkUs(site: number, atUs: number): number {
    return this.#times.watermarkAtUs(site, atUs);
  }

  /** The clock of a key is about to hear of an event: a site that it wakes is where its keys' clocks have brought it by now. */
  beforeEvent(keyId: number, atUs: number): void {
    if (keyId >= this.#sitesOf.size) return;
    for (const site of this.#sitesOf.of(keyId)) {
      this.rekeys.beforeEvent(site, atUs);
      this.#times.raise(site, atUs);
    }
  }

  /** How far what is behind a site has come: rows up to there have gone, and others wait. −Infinity: nothing is known of it. */
  reachedUs(site: number): number {
    return this.#times.watermarkUs[site] ?? -Infinity;
  }

  /** A late event of the key says where it belongs, as one in order does. Returns the site. */
  placeLate(keyId: number, site: { readonly columns: readonly Column[]; readonly row: number }, atUs: number): number {
    this.#reserveKeys(this.#inputKeys.size);
    const id = this.#siteAt(site.columns, site.row);
    this.#inputKeys.changed.oneWillChange(keyId);
    if (!this.#place(keyId, id)) return id;
    // The site is new: nothing waits there, and nobody behind it need hear how far it has come.
    if (this.#times.watermarkUs[id] === -Infinity) this.#moveSite(id, atUs, this.#unheard.start());
    return id;
  }

  /** An event of the key has arrived, and was not late: its sites are silent no longer. */
  hear(keyId: number, atUs: number): void {
    for (const site of this.#sitesOf.of(keyId)) this.#hearSite(site, atUs);
  }

  /** Of a site: when one of its keys was last heard of. */
  lastArrivalUs(site: number): number {
    let lastUs = -Infinity;
    for (const keyId of this.#times.keysOf(site)) lastUs = Math.max(lastUs, this.#clock.lastArrivalUs(keyId));
    return lastUs;
  }

  /** Of a site: whether rows of it wait. */
  hasWaiting(site: number): boolean {
    return this.#waiting.oldestUs(site) < Infinity;
  }

  sourceKeysOf(site: number): readonly number[] {
    return [...this.#times.keysOf(site)].flatMap(keyId => this.#clock.sourceKeysOf(keyId));
  }

  nextDueUs(keyId: number): number {
    let dueUs = Infinity;
    for (const site of this.#sitesOf.of(keyId)) {
      if (this.#times.hasActive(site)) continue;
      dueUs = Math.min(dueUs, this.#waiting.oldestUs(site), this.#downstream.nextDueUs(site));
    }
    return dueUs > this.#keys.cameToUs(keyId) ? dueUs : Infinity;
  }

  nextArrivalUs(untilUs = -Infinity): number {
    return this.#keys.nextIdleUs(untilUs);
  }

  /** Keys that have been silent for long enough no longer hold their sites up. */
  arrive(arrivalUs: number): Frame | undefined {
    const output = this.#output.start();
    for (;;) {
      const keyId = this.#keys.takeIdle(arrivalUs);
      if (keyId === undefined) break;
      this.#unplaced.remove(keyId);
      this.#inputKeys.changed.oneWillChange(keyId); // nobody else sees it
      this.#moved.note(keyId); // it may be forgotten now
      this.#unplaced.note(arrivalUs, this.#keys.watermarkUs);
      this.#moveSites(keyId, arrivalUs, output);
    }
    return output.frame;
  }

  takeMovedKeys(): readonly number[] {
    return this.#moved.take();
  }

  finish(arrivalUs: number): Frame | undefined {
    const output = this.#output.start();
    for (const site of this.#sites.inOrder()) this.#release({ site, arrivalUs, watermarkUs: Infinity }, output);
    return output.frame;
  }

  /**
   * True while what its sites do next depends on the key: it is active, or the only one through which the site's time
   * moves on, and something waits for that.
   */
  isPending(keyId: number): boolean {
    if (this.#keys.isActive[keyId] === 1) return true;
    return this.#sitesOf
      .of(keyId)
      .some(
        site =>
          this.#times.keysOf(site).size === 1 &&
          (this.#waiting.oldestUs(site) < Infinity || this.#downstream.nextDueUs(site) < Infinity),
      );
  }

  /**
   * Of the keys: watermark, activity, and their sites, as places in the list of all sites; of all sites, whichever keys
   * are asked for: their watermarks and what waits. A rekeyed stream is on one worker as a whole.
   */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserveKeys(this.#inputKeys.size);
    this.#times.reserve(this.#sites.size);
    const sites = this.#sites.inOrder();
    return {
      ...this.#keys.snapshot(keyIds),
      sitesOfKeys: this.#sitesOf.snapshot(keyIds, sites),
      lateCount: this.lateCount,
      sites: this.#sites.snapshot(sites),
      ...this.#times.snapshot(sites),
      unplaced: this.#unplaced.snapshot(),
      ...namedWaiting(this.#waiting.snapshot(sites), this.node.fields),
    };
  }

  /** What a later call says of the sites replaces what an earlier one said; keys add up. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserveKeys(this.#inputKeys.size);
    this.#keys.restore(snapshot, keyIds);
    const sites = this.#restoreSites(snapshot);
    forEachSite(snapshot['sitesOfKeys'] as Snapshot, { keyIds, sites }, (keyId, site) => this.#place(keyId, site));
    const { watermarkUs, isActive } = this.#keys;
    for (const keyId of keyIds) {
      const isUnplaced = keyId >= 0 && isActive[keyId] === 1 && this.#sitesOf.of(keyId).length === 0;
      if (isUnplaced) this.#unplaced.add(keyId, watermarkUs[keyId]!);
    }
    this.#unplaced.resume(watermarkUs);
  }

  forget(keyId: number): void {
    if (keyId >= this.#sitesOf.size) return;
    for (const site of this.#sitesOf.of(keyId)) this.#times.leave(keyId, site);
    this.#sitesOf.forget(keyId);
    this.#unplaced.forget(keyId);
    this.#keys.forget(keyId);
  }

  get stateBytes(): number {
    const byKey = this.#keys.stateBytes + this.#toldIn.byteLength + this.#unplaced.stateBytes;
    const members = this.#sitesOf.size * MEMBER_BYTES;
    const sites = this.#sites.stateBytes + this.#times.stateBytes + this.#waiting.stateBytes;
    return byKey + this.#sitesOf.stateBytes + members + sites;
  }

  /** Returns the site in each place of the snapshot's list. */
  #restoreSites(snapshot: Snapshot): Int32Array {
    const sites = this.#sites.restore(snapshot['sites'] as Snapshot);
    this.#times.reserve(this.#sites.size);
    for (let site = 0; site < this.#sites.size; site++) this.#waiting.forget(site);
    this.#waiting.restore(waitingOf(snapshot, this.node.fields), sites);
    this.#times.restore(snapshot, sites);
    this.#unplaced.restore(snapshot['unplaced'] as Snapshot);
    this.lateCount = snapshot['lateCount'] as number;
    return sites;
  }

  /** All that entries of one instant say of keys is seen before a site moves: several panes close. */
  #handle(frame: Frame, start: number, end: number, output: RowOutput): void {
    const mask = this.#mask;
    this.#instantCount++;
    for (let i = start; i < end; i++) if (this.#isTold(frame, i)) this.#toldIn[frame.keyIds[i]!] = this.#instantCount;
    for (let i = start; i < end; i++) {
      const keyId = frame.keyIds[i]!;
      const site = this.#siteNamed(frame, i);
      const isTold = this.#isTold(frame, i);
      if (site !== undefined && isTold) this.#times.raise(site, frame.arrivalUs[i]!, this.#isOfOthers);
      this.#see(keyId, frame.watermarkUs[i]!, frame.arrivalUs[i]!, isTold);
      if (site !== undefined && this.#place(keyId, site)) this.#hearNew(site, frame.arrivalUs[i]!);
      if (frame.hasRows && (mask === undefined || mask[i] === 1)) this.#add(frame, i, site!);
    }
    if (end > start) this.#unplaced.note(frame.arrivalUs[end - 1]!, this.#keys.watermarkUs);
    for (let i = start; i < end; i++) {
      const keyId = frame.keyIds[i]!;
      if (i + 1 === end || keyId !== frame.keyIds[i + 1]) this.#moveSites(keyId, frame.arrivalUs[i]!, output);
    }
  }

  #see(keyId: number, watermarkUs: number, arrivalUs: number, isTold: boolean): void {
    if (!this.#keys.see(keyId, watermarkUs, arrivalUs, isTold)) return;
    const sites = this.#sitesOf.of(keyId);
    if (sites.length === 0) this.#unplaced.add(keyId, this.#keys.watermarkUs[keyId]!);
    for (const site of sites) this.#times.join(keyId, site);
  }

  /** Whether an entry says more than how far the arrival clock has brought its key. */
  #isTold({ cause, hasRows, rows, keyIds }: Frame, i: number): boolean {
    if (hasRows && (rows === undefined || rows[i] === 1)) return true;
    return cause !== 'clock' && !this.#clock.isIdle(keyIds[i]!);
  }

  /** Where the entry's key belongs, also where a filter left its row out; undefined: it does not say. */
  #siteNamed(frame: Frame, i: number): number | undefined {
    if (frame.hasRows && (frame.rows === undefined || frame.rows[i] === 1)) return this.#siteAt(this.#byColumns, i);
    if (this.#byKeyFields === undefined) return undefined;
    const columns = this.#byKeyFields.map(field => this.#inputKeys.columns[field]!);
    return this.#siteAt(columns, frame.keyIds[i]!);
  }

  /** False: it belongs there already. */
  #place(keyId: number, site: number): boolean {
    if (!this.#sitesOf.add(keyId, site)) return false;
    this.#unplaced.remove(keyId);
    this.#times.join(keyId, site);
    return true;
  }

  /** A key has come to the site: it may have spoken since the site fell silent. */
  #hearNew(site: number, atUs: number): void {
    if (this.silence !== null && this.silence.silentUs(site) > atUs) this.#hearSite(site, atUs);
  }

  #hearSite(site: number, atUs: number): void {
    if (this.silence !== null && this.silence.count > 0) this.silence.hear(site, atUs);
    this.rekeys.hear(site, atUs);
  }

  #add(frame: Frame, i: number, site: number): void {
    if (frame.timeUs[i]! < this.#times.watermarkUs[site]!) {
      this.lateCount++;
      this.onLate({ site, timeUs: frame.timeUs[i]!, arrivalUs: frame.arrivalUs[i]! });
      return;
    }
    const arrivalUs = (frame.cameUs ?? frame.arrivalUs)[i]!;
    this.#waiting.add(site, { timeUs: frame.timeUs[i]!, arrivalUs }, this.#fieldColumns, i);
  }

  #siteAt(columns: readonly Column[], row: number): number {
    const site = this.#sites.idOf(columns, row);
    this.#times.reserve(site + 1);
    return site;
  }

  /** Moves the sites of a key whose state has changed, and those that no unplaced key holds up any more. */
  #moveSites(keyId: number, arrivalUs: number, output: RowOutput): void {
    for (const site of this.#sitesOf.of(keyId)) this.#moveSite(site, arrivalUs, output);
    if (!this.#unplaced.takeEased()) return;
    for (const site of this.#times.heldInOrder(this.#sites.ordinals)) this.#moveSite(site, arrivalUs, output);
  }

  /** Lets the site's time follow its keys', and its rows go. */
  #moveSite(site: number, arrivalUs: number, output: RowOutput): void {
    const times = this.#times;
    const watermarkUs = times.look(site, arrivalUs);
    const reachedUs = times.watermarkUs[site]!;
    if (watermarkUs < reachedUs) {
      this.#release({ site, arrivalUs, watermarkUs: reachedUs }, output); // nothing older comes any more
      return;
    }
    this.#release({ site, arrivalUs, watermarkUs }, output);
    if (watermarkUs > times.watermarkUs[site]! && this.#downstream.hasTimers) output.advance(watermarkUs);
    times.comeTo(site, watermarkUs);
  }

  #release(
    to: { readonly site: number; readonly arrivalUs: number; readonly watermarkUs: number },
    output: RowOutput,
  ): void {
    output.set(to.site, to.arrivalUs);
    for (;;) {
      const timeUs = this.#waiting.oldestUs(to.site);
      if (timeUs > to.watermarkUs || timeUs === Infinity) return;
      this.#waiting.takeOldest(to.site, output);
      this.#times.comeTo(to.site, timeUs);
    }
  }

  #reserveKeys(keys: number): void {
    this.#keys.reserve(keys);
    this.#unplaced.reserve(keys);
    this.#toldIn = growFloat64(this.#toldIn, keys);
    this.#sitesOf.reserve(keys);
  }
}
