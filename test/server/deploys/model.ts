import type { Program, SimpleRule } from './program.ts';

export type Reading = { readonly n: number; readonly device: string; readonly temp: number };

/** A change of an alert, of the nth reading. */
export type Change = {
  readonly rule: string;
  readonly device: string;
  readonly change: string;
  readonly level: string;
  readonly n: number;
};

/** Rules, from the nth reading of each device on. */
export type Era = { readonly program: Program; readonly from: ReadonlyMap<string, number> };

/** What becomes of a rule's alerts when other rules take the place of those before: as docs/language/plan-changes.md says. */
export function fateOf(name: string, before: Program, next: Program): 'kept' | 'empty' | 'gone' {
  const [stored, now] = [before.rules.get(name), next.rules.get(name)];
  if (now === undefined) return 'gone';
  return stored?.severity === now.severity ? 'kept' : 'empty';
}

/** What the rules that the model can follow raise and clear, device by device, in the order of their readings. */
export function expectedChanges(readings: readonly Reading[], eras: readonly Era[]): Change[] {
  const changes: Change[] = [];
  for (const [device, ofDevice] of Map.groupBy(readings, reading => reading.device)) {
    let open = new Set<string>();
    let at = 0;
    for (const { n, temp } of ofDevice) {
      for (; at + 1 < eras.length && eras[at + 1]!.from.get(device)! <= n; at++) {
        const [before, next] = [eras[at]!.program, eras[at + 1]!.program];
        open = new Set([...open].filter(name => fateOf(name, before, next) === 'kept'));
      }
      for (const [rule, simple] of eras[at]!.program.rules) {
        const change = changeOf(simple, open.has(rule), temp);
        if (change === null) continue;
        if (change === 'raised') open.add(rule);
        else open.delete(rule);
        changes.push({ rule, device, change, level: simple.severity, n });
      }
    }
  }
  return changes;
}

function changeOf({ above, below }: SimpleRule, isOpen: boolean, temp: number): 'raised' | 'cleared' | null {
  if (!isOpen) return temp > above ? 'raised' : null;
  return temp < below ? 'cleared' : null;
}
