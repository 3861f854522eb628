import type { RekeyNode } from '../../dsl/plan.ts';
import type { Column } from '../batch.ts';
import type { ArrivalDriven, Downstream, Frame, Operator, OperatorContext, Snapshot } from '../operator.ts';
import { gatherFloat64, gatherUint8, scatterFloat64, scatterUint8 } from '../state/gather.ts';
import { growFloat64, growUint8 } from '../state/growable.ts';
import type { KeyDictionary } from '../state/key-dictionary.ts';
import { ReorderBuffer } from '../state/reorder-buffer.ts';
import { RowOutput } from '../state/row-output.ts';
import { SilentKeys } from '../state/silent-keys.ts';
import { namedWaiting, waitingOf } from '../state/waiting-columns.ts';
import { WakeQueue } from '../state/wake-queue.ts';
import { maskOf } from './mask.ts';
import { RekeysBehind } from './rekeys-behind.ts';
import { slotOf } from './slot-of.ts';
import { SiteMembers } from './site-members.ts';
import { forEachSite, SitesOfKeys } from './sites-of-keys.ts';
import { UnplacedKeys } from './unplaced-keys.ts';

// Estimates: of a key at its site (entries of two sets, a place in the heap and in the queue of idle keys), and of a site
// without keys.
const MEMBER_BYTES = 112;
const SITE_BYTES = 512;

/** What a rekey must know of the keys of its input. */
export type ActivityClock = {
  /** When the key was last heard of. */
  lastArrivalUs(keyId: number): number;
  /** For how long it counts as active after that. */
  readonly activeUs: number;
  /** Whether the arrival clock alone moves it, also where it moves with an event of others. */
  isIdle(keyId: number): boolean;
  /** How far a key that is not active has come, at an instant of the arrival clock. */
  watermarkUs(keyId: number, atUs: number): number;
  /** Whether rows of it are still to come though it is silent: a pane is open. */
  isPending(keyId: number): boolean;
  /** It is that of the events themselves, and a frame may be a run of them. */
  readonly hasRuns: boolean;
  /** The keys of the source that stand behind it: itself, unless the input is keyed anew already. */
  sourceKeysOf(keyId: number): readonly number[];
};

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
  readonly #idle: WakeQueue; // when an active key goes idle
  readonly #unplaced = new UnplacedKeys();
  readonly #held = new Set<number>(); // sites that those hold up
  // By key id of the input.
  #watermarkUs = new Float64Array(0); // that events have told
  #cameToUs = new Float64Array(0); // that anything has told; no state: where nothing is known, it is told again
  #isActive = new Uint8Array(0);
  #toldIn = new Float64Array(0); // at which instant it was told of for the last time
  #instantCount = 0;
  /** A row is late at its site. */
  onLate: (row: LateRow) => void = () => {};
  readonly #isOfOthers = (keyId: number) => this.#toldIn[keyId] !== this.#instantCount;
  readonly #sitesOf = new SitesOfKeys();
  #movedKeys: number[] = [];
  // Of the frame that is handled.
  #mask: Uint8Array | undefined;
  #byColumns: readonly Column[] = [];
  #fieldColumns: readonly (Column | undefined)[] = [];
  // By site.
  #members: SiteMembers[] = [];
  #siteWatermarkUs = new Float64Array(0); // of a site without an active key: at `#movedUs`
  #movedUs = new Float64Array(0); // when it was looked at for the last time

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
    this.#clock = context.clock;
    this.#sites = context.outputKeys;
    this.#inputKeys = context.keys;
    this.#idle = new WakeQueue(keyId => context.keys.ordinals[keyId]!);
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
    if (!this.#clock.hasRuns || !this.rekeys.isEmpty || this.#unplaced.leastUs < Infinity || this.#held.size > 0)
      return start;
    let i = start;
    while (i < end && this.#isActive[keyIds[i]!] === 1 && this.#idle.instantOf(keyIds[i]!) < Infinity) i++;
    return i;
  }

  isIdle(site: number): boolean {
    return !this.#hasActive(site);
  }

  /** Of a site: how far it has come, with the arrival clock where it has no active key. */
  watermarkUs(site: number, atUs: number): number {
    if (this.#hasActive(site)) return this.#siteWatermarkUs[site]!;
    return Math.max(this.#siteWatermarkUs[site]!, this.#idleWatermarkUs(site, atUs));
  }

  /** The clock of a key is about to hear of an event: a site that it wakes is where its keys' clocks have brought it by now. */
  beforeEvent(keyId: number, atUs: number): void {
    if (keyId >= this.#sitesOf.size) return;
    for (const site of this.#sitesOf.of(keyId)) {
      this.rekeys.beforeEvent(site, atUs);
      this.#raise(site, atUs, ANY_KEY);
    }
  }

  /** How far what is behind a site has come: rows up to there have gone, and others wait. −Infinity: nothing is known of it. */
  reachedUs(site: number): number {
    return this.#siteWatermarkUs[site] ?? -Infinity;
  }

  /** A late event of the key says where it belongs, as one in order does. Returns the site. */
  placeLate(keyId: number, site: { readonly columns: readonly Column[]; readonly row: number }, atUs: number): number {
    this.#reserveKeys(this.#inputKeys.size);
    const id = this.#siteAt(site.columns, site.row);
    this.#inputKeys.changed.oneWillChange(keyId);
    if (!this.#place(keyId, id)) return id;
    // The site is new: nothing waits there, and nobody behind it need hear how far it has come.
    if (this.#siteWatermarkUs[id] === -Infinity) this.#moveSite(id, atUs, this.#unheard.start());
    return id;
  }

  /** An event of the key has arrived, and was not late: its sites are silent no longer. */
  hear(keyId: number, atUs: number): void {
    for (const site of this.#sitesOf.of(keyId)) this.#hearSite(site, atUs);
  }

  /** Of a site: when one of its keys was last heard of. */
  lastArrivalUs(site: number): number {
    let lastUs = -Infinity;
    for (const keyId of this.#members[site]?.all ?? []) lastUs = Math.max(lastUs, this.#clock.lastArrivalUs(keyId));
    return lastUs;
  }

  /** Of a site: whether rows of it wait. */
  hasWaiting(site: number): boolean {
    return this.#waiting.oldestUs(site) < Infinity;
  }

  sourceKeysOf(site: number): readonly number[] {
    return [...(this.#members[site]?.all ?? [])].flatMap(keyId => this.#clock.sourceKeysOf(keyId));
  }

  nextDueUs(keyId: number): number {
    let dueUs = Infinity;
    for (const site of this.#sitesOf.of(keyId)) {
      if (this.#hasActive(site)) continue;
      dueUs = Math.min(dueUs, this.#waiting.oldestUs(site), this.#downstream.nextDueUs(site));
    }
    return dueUs > (this.#cameToUs[keyId] ?? -Infinity) ? dueUs : Infinity;
  }

  /** Keys are queued at what was known when they came to be active: those that have spoken since move on. */
  nextArrivalUs(untilUs = -Infinity): number {
    for (;;) {
      const queuedUs = this.#idle.nextUs();
      if (queuedUs > untilUs || queuedUs === Infinity) return queuedUs;
      const keyId = this.#idle.nextKeyId();
      const idleUs = this.#idleAtUs(keyId);
      if (idleUs <= queuedUs || this.#clock.isPending(keyId)) return queuedUs;
      this.#idle.putOffNext(idleUs);
    }
  }

  /** Keys that have been silent for long enough no longer hold their sites up. */
  arrive(arrivalUs: number): Frame | undefined {
    const output = this.#output.start();
    for (let keyId = this.#idle.take(arrivalUs); keyId !== undefined; keyId = this.#idle.take(arrivalUs)) {
      if (this.#clock.isPending(keyId)) continue; // its rows will come, and then it is queued again
      const idleUs = this.#idleAtUs(keyId);
      if (idleUs > arrivalUs) {
        this.#idle.set(keyId, idleUs);
        continue;
      }
      this.#isActive[keyId] = 0;
      this.#unplaced.remove(keyId);
      this.#inputKeys.changed.oneWillChange(keyId); // nobody else sees it
      this.#noteMoved(keyId); // it may be forgotten now
      this.#unplaced.note(arrivalUs, this.#watermarkUs);
      this.#moveSites(keyId, arrivalUs, output);
    }
    return output.frame;
  }

  takeMovedKeys(): readonly number[] {
    if (this.#movedKeys.length === 0) return NO_KEYS;
    const keys = this.#movedKeys;
    this.#movedKeys = [];
    return keys;
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
    if (this.#isActive[keyId] === 1) return true;
    return this.#sitesOf
      .of(keyId)
      .some(
        site =>
          this.#members[site]!.all.size === 1 &&
          (this.#waiting.oldestUs(site) < Infinity || this.#downstream.nextDueUs(site) < Infinity),
      );
  }

  /**
   * Of the keys: watermark, activity, and their sites, as places in the list of all sites; of all sites, whichever keys
   * are asked for: their watermarks and what waits. A rekeyed stream is on one worker as a whole.
   */
  snapshot(keyIds: Uint32Array): Snapshot {
    this.#reserveKeys(this.#inputKeys.size);
    this.#reserveSites(this.#sites.size);
    const sites = this.#sites.inOrder();
    const idleUs = new Float64Array(keyIds.length);
    for (let i = 0; i < keyIds.length; i++) idleUs[i] = this.#idle.instantOf(keyIds[i]!);
    return {
      watermarkUs: gatherFloat64(this.#watermarkUs, keyIds),
      isActive: gatherUint8(this.#isActive, keyIds),
      idleUs,
      sitesOfKeys: this.#sitesOf.snapshot(keyIds, sites),
      lateCount: this.lateCount,
      sites: this.#sites.snapshot(sites),
      siteWatermarkUs: gatherFloat64(this.#siteWatermarkUs, sites),
      siteMovedUs: gatherFloat64(this.#movedUs, sites),
      isHeld: Uint8Array.from(sites, site => (this.#held.has(site) ? 1 : 0)),
      unplaced: this.#unplaced.snapshot(),
      ...namedWaiting(this.#waiting.snapshot(sites), this.node.fields),
    };
  }

  /** What a later call says of the sites replaces what an earlier one said; keys add up. */
  restore(snapshot: Snapshot, keyIds: Int32Array): void {
    this.#reserveKeys(this.#inputKeys.size);
    scatterFloat64(snapshot['watermarkUs'] as Float64Array, keyIds, this.#watermarkUs);
    scatterUint8(snapshot['isActive'] as Uint8Array, keyIds, this.#isActive);
    const sites = this.#restoreSites(snapshot);
    forEachSite(snapshot['sitesOfKeys'] as Snapshot, { keyIds, sites }, (keyId, site) => this.#place(keyId, site));
    const idleUs = snapshot['idleUs'] as Float64Array;
    for (let i = 0; i < keyIds.length; i++) {
      const keyId = keyIds[i]!;
      if (keyId < 0 || this.#isActive[keyId] === 0) continue;
      this.#idle.set(keyId, idleUs[i]!);
      if (this.#sitesOf.of(keyId).length === 0) this.#unplaced.add(keyId, this.#watermarkUs[keyId]!);
    }
    this.#unplaced.resume(this.#watermarkUs);
  }

  forget(keyId: number): void {
    if (keyId >= this.#sitesOf.size) return;
    for (const site of this.#sitesOf.of(keyId)) this.#members[site]!.forget(keyId);
    this.#sitesOf.forget(keyId);
    this.#unplaced.forget(keyId);
    this.#idle.set(keyId, Infinity);
    this.#watermarkUs[keyId] = -Infinity;
    this.#cameToUs[keyId] = -Infinity;
    this.#isActive[keyId] = 0;
  }

  get stateBytes(): number {
    const byKey = this.#watermarkUs.byteLength * 3 + this.#isActive.byteLength + this.#unplaced.stateBytes;
    const members = this.#sitesOf.size * MEMBER_BYTES + this.#members.length * SITE_BYTES;
    const sites = this.#sites.stateBytes + this.#siteWatermarkUs.byteLength * 2 + this.#waiting.stateBytes;
    return byKey + this.#sitesOf.stateBytes + members + sites;
  }

  /** Returns the site in each place of the snapshot's list. */
  #restoreSites(snapshot: Snapshot): Int32Array {
    const sites = this.#sites.restore(snapshot['sites'] as Snapshot);
    this.#reserveSites(this.#sites.size);
    for (let site = 0; site < this.#sites.size; site++) this.#waiting.forget(site);
    this.#waiting.restore(waitingOf(snapshot, this.node.fields), sites);
    this.#siteWatermarkUs.fill(-Infinity);
    scatterFloat64(snapshot['siteWatermarkUs'] as Float64Array, sites, this.#siteWatermarkUs);
    this.#movedUs.fill(-Infinity);
    scatterFloat64(snapshot['siteMovedUs'] as Float64Array, sites, this.#movedUs);
    this.#unplaced.restore(snapshot['unplaced'] as Snapshot);
    this.lateCount = snapshot['lateCount'] as number;
    const isHeld = snapshot['isHeld'] as Uint8Array;
    this.#held.clear();
    sites.forEach((site, i) => isHeld[i] === 1 && this.#held.add(site));
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
      if (site !== undefined && isTold) this.#raise(site, frame.arrivalUs[i]!, this.#isOfOthers);
      this.#see(keyId, frame.watermarkUs[i]!, frame.arrivalUs[i]!, isTold);
      if (site !== undefined && this.#place(keyId, site)) this.#hearNew(site, frame.arrivalUs[i]!);
      if (frame.hasRows && (mask === undefined || mask[i] === 1)) this.#add(frame, i, site!);
    }
    if (end > start) this.#unplaced.note(frame.arrivalUs[end - 1]!, this.#watermarkUs);
    for (let i = start; i < end; i++) {
      const keyId = frame.keyIds[i]!;
      if (i + 1 === end || keyId !== frame.keyIds[i + 1]) this.#moveSites(keyId, frame.arrivalUs[i]!, output);
    }
  }

  #see(keyId: number, watermarkUs: number, arrivalUs: number, isTold: boolean): void {
    if (watermarkUs > this.#cameToUs[keyId]!) this.#cameToUs[keyId] = watermarkUs;
    if (isTold && watermarkUs > this.#watermarkUs[keyId]!) this.#watermarkUs[keyId] = watermarkUs;
    if (this.#isActive[keyId] === 1) {
      const isQueued = this.#idle.instantOf(keyId) < Infinity;
      if (!isQueued && !this.#clock.isPending(keyId)) {
        this.#idle.set(keyId, Math.max(this.#idleAtUs(keyId), arrivalUs));
      }
      return;
    }
    const idleUs = this.#idleAtUs(keyId);
    if (idleUs > arrivalUs) this.#idle.set(keyId, idleUs);
    else if (!this.#clock.isPending(keyId)) return;
    this.#isActive[keyId] = 1;
    const sites = this.#sitesOf.of(keyId);
    if (sites.length === 0) this.#unplaced.add(keyId, this.#watermarkUs[keyId]!);
    for (const site of sites) this.#join(keyId, site);
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
    this.#join(keyId, site);
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
    if (frame.timeUs[i]! < this.#siteWatermarkUs[site]!) {
      this.lateCount++;
      this.onLate({ site, timeUs: frame.timeUs[i]!, arrivalUs: frame.arrivalUs[i]! });
      return;
    }
    const arrivalUs = (frame.cameUs ?? frame.arrivalUs)[i]!;
    this.#waiting.add(site, { timeUs: frame.timeUs[i]!, arrivalUs }, this.#fieldColumns, i);
  }

  #siteAt(columns: readonly Column[], row: number): number {
    const site = this.#sites.idOf(columns, row);
    this.#reserveSites(site + 1);
    return site;
  }

  #join(keyId: number, site: number): void {
    const members = this.#members[site]!;
    const isActive = this.#isActive[keyId] === 1;
    // The site's time no longer moves on through the others alone: they may be forgotten sooner.
    if (members.all.size === 1 || (isActive && !this.#hasActive(site))) {
      for (const other of members.all) this.#noteMoved(other);
    }
    members.all.add(keyId);
    if (isActive) members.activate(keyId, this.#watermarkUs[keyId]!);
  }

  /**
   * Before something is heard of a site without an active key: it is where the arrival clock has brought it, through those of its
   * keys whose clocks have not heard of that yet.
   */
  #raise(site: number, atUs: number, counts: (keyId: number) => boolean): void {
    if (this.#hasActive(site)) return;
    const watermarkUs = this.#idleWatermarkUs(site, atUs, counts);
    this.#movedUs[site] = atUs;
    if (watermarkUs > this.#siteWatermarkUs[site]!) this.#siteWatermarkUs[site] = watermarkUs;
  }

  /** Through whichever key is furthest, as far as keys without a site have let it. */
  #idleWatermarkUs(site: number, atUs: number, counts = ANY_KEY): number {
    const members = this.#members[site]!.all;
    const ownUs = (instantUs: number) => {
      let furthestUs = -Infinity;
      for (const keyId of members) {
        if (counts(keyId)) furthestUs = Math.max(furthestUs, this.#clock.watermarkUs(keyId, instantUs));
      }
      return furthestUs;
    };
    return this.#unplaced.letsComeToUs(this.#movedUs[site]!, atUs, ownUs);
  }

  /** Moves the sites of a key whose state has changed, and those that no unplaced key holds up any more. */
  #moveSites(keyId: number, arrivalUs: number, output: RowOutput): void {
    for (const site of this.#sitesOf.of(keyId)) this.#moveSite(site, arrivalUs, output);
    if (!this.#unplaced.takeEased()) return;
    const { ordinals } = this.#sites;
    const held = [...this.#held].sort((a, b) => ordinals[a]! - ordinals[b]!);
    for (const site of held) this.#moveSite(site, arrivalUs, output);
  }

  /** Lets the site's time follow its keys', and its rows go. */
  #moveSite(site: number, arrivalUs: number, output: RowOutput): void {
    const members = this.#members[site]!;
    const activeUs = members.leastUs(this.#watermarkUs, this.#isActive);
    const isIdle = activeUs === Infinity;
    const ownUs = isIdle ? this.#idleWatermarkUs(site, arrivalUs) : activeUs;
    const holdUs = this.#unplaced.leastUs;
    const watermarkUs = isIdle ? ownUs : Math.min(ownUs, holdUs);
    if (holdUs <= ownUs && holdUs < Infinity) this.#held.add(site);
    else this.#held.delete(site);
    // The arrival clock moves the site on through whichever of its keys is furthest.
    if (isIdle) for (const keyId of members.all) this.#noteMoved(keyId);
    this.#movedUs[site] = arrivalUs;
    const reachedUs = this.#siteWatermarkUs[site]!;
    if (watermarkUs < reachedUs) {
      this.#release({ site, arrivalUs, watermarkUs: reachedUs }, output); // nothing older comes any more
      return;
    }
    this.#release({ site, arrivalUs, watermarkUs }, output);
    if (watermarkUs > this.#siteWatermarkUs[site]! && this.#downstream.hasTimers) output.advance(watermarkUs);
    this.#siteWatermarkUs[site] = watermarkUs;
  }

  #noteMoved(keyId: number): void {
    for (const sourceKey of this.#clock.sourceKeysOf(keyId)) this.#movedKeys.push(sourceKey);
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
      this.#siteWatermarkUs[to.site] = timeUs;
    }
  }

  #hasActive(site: number): boolean {
    return this.#members[site]!.leastUs(this.#watermarkUs, this.#isActive) < Infinity;
  }

  #idleAtUs(keyId: number): number {
    return this.#clock.lastArrivalUs(keyId) + this.#clock.activeUs;
  }

  #reserveKeys(keys: number): void {
    this.#watermarkUs = growFloat64(this.#watermarkUs, keys, -Infinity);
    this.#cameToUs = growFloat64(this.#cameToUs, keys, -Infinity);
    this.#isActive = growUint8(this.#isActive, keys);
    this.#unplaced.reserve(keys);
    this.#toldIn = growFloat64(this.#toldIn, keys);
    this.#sitesOf.reserve(keys);
  }

  #reserveSites(sites: number): void {
    while (this.#members.length < sites) this.#members.push(new SiteMembers());
    this.#siteWatermarkUs = growFloat64(this.#siteWatermarkUs, sites, -Infinity);
    this.#movedUs = growFloat64(this.#movedUs, sites, -Infinity);
  }
}

const NO_KEYS: readonly number[] = [];
const ANY_KEY = (_keyId: number) => true;
