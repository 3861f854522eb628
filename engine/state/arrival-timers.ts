/** What the arrival clock alone brings about for keys of an operator, whatever their watermarks are. */
export interface ArrivalDuties {
  /** The instant at which something of the key is due; Infinity: nothing is. It may move to later by itself. */
  nextArrivalUs(keyId: number): number;
  /** Does what is due of the key at this instant, so that nothing of it is due there any more. */
  arrive(keyId: number, atUs: number): void;
}

/**
 * When what is due by the arrival clock, of the keys of all operators behind one source: a heap of instants at which it has to
 * be asked. A key is asked for its instant when its turn comes, so one that moves on with every event costs nothing.
 */
export class ArrivalTimers {
  leastUs = Infinity;
  readonly #heap: Entry[] = []; // bound: a few for each key of an operator of which something is due

  /** The earliest instant, up to `untilUs`; beyond it a lower bound. Infinity: nothing is due. */
  nextUs(untilUs: number): number {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined) return Infinity;
      const { timer, keyId, atUs } = first;
      if (timer.isQueued(keyId, atUs)) {
        if (atUs > untilUs) return atUs;
        const dueUs = timer.dueUs(keyId);
        if (dueUs <= atUs) return atUs;
        this.#pop();
        timer.requeue(keyId, dueUs);
      } else {
        this.#pop();
      }
    }
  }

  /** Does what is due at this instant, which `nextUs` has given. Returns the keys of the source that it is of. */
  arrive(atUs: number): ReadonlySet<number> {
    const keys = new Set<number>();
    while (this.nextUs(atUs) <= atUs) {
      const { timer, keyId } = this.#pop();
      timer.arrive(keyId, atUs);
      if (timer.isOfSourceKeys) keys.add(keyId);
    }
    return keys;
  }

  /** `leastUs`: no sooner than this after an event arrives does it make anything due that was not. */
  add(
    duties: ArrivalDuties,
    { leastUs, isOfSourceKeys }: { readonly leastUs: number; readonly isOfSourceKeys: boolean },
  ): ArrivalTimer {
    this.leastUs = Math.min(this.leastUs, leastUs);
    return new ArrivalTimer(duties, isOfSourceKeys, entry => this.#push(entry));
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (heap[parent]!.atUs <= entry.atUs) break;
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const top = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.atUs < heap[child]!.atUs) child++;
      if (heap[child]!.atUs >= last.atUs) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

/** The keys of one operator among the timers. */
export class ArrivalTimer {
  readonly isOfSourceKeys: boolean;
  readonly #duties: ArrivalDuties;
  readonly #push: (entry: Entry) => void;
  readonly #queuedUs = new Map<number, number>(); // by key id

  constructor(duties: ArrivalDuties, isOfSourceKeys: boolean, push: (entry: Entry) => void) {
    this.#duties = duties;
    this.isOfSourceKeys = isOfSourceKeys;
    this.#push = push;
  }

  /** What is due of the key may be due earlier than it was. */
  queue(keyId: number): void {
    const dueUs = this.#duties.nextArrivalUs(keyId);
    if (dueUs < (this.#queuedUs.get(keyId) ?? Infinity)) this.requeue(keyId, dueUs);
  }

  /** False where another entry has taken the place of that one. */
  isQueued(keyId: number, atUs: number): boolean {
    return this.#queuedUs.get(keyId) === atUs;
  }

  dueUs(keyId: number): number {
    return this.#duties.nextArrivalUs(keyId);
  }

  forget(keyId: number): void {
    this.#queuedUs.delete(keyId);
  }

  requeue(keyId: number, dueUs: number): void {
    if (dueUs === Infinity) {
      this.#queuedUs.delete(keyId);
      return;
    }
    this.#queuedUs.set(keyId, dueUs);
    this.#push({ atUs: dueUs, keyId, timer: this });
  }

  arrive(keyId: number, atUs: number): void {
    this.#queuedUs.delete(keyId);
    this.#duties.arrive(keyId, atUs);
    this.queue(keyId);
  }
}

type Entry = { readonly atUs: number; readonly keyId: number; readonly timer: ArrivalTimer };
