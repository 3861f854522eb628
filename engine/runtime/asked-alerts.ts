import type { RuleNode } from '../../dsl/plan.ts';
import type { Operator, Snapshot } from '../operator.ts';
import { alertName } from './suppress-condition.ts';

/** A rule, its operator, and the name of the clock that its changes are on. */
export type RuleInPlace<Node extends RuleNode = RuleNode> = {
  readonly node: Node;
  readonly operator: Operator;
  readonly source: string;
};

/** Which alerts fire of the rules that a `suppress` asks of, as far as the order of arrival has been followed. */
export class AskedAlerts {
  readonly #rules: Map<string, RuleInPlace>; // by id
  readonly #firing: Map<string, Set<string>>; // names of alerts, by the rule's id; bound: the rule's keys
  /** Of which a state that is restored says nothing. */
  readonly #unknown: Set<string>;

  constructor(rules: readonly RuleInPlace[]) {
    this.#rules = new Map(rules.map(rule => [rule.node.id, rule]));
    this.#firing = new Map(rules.map(({ node }) => [node.id, new Set()]));
    this.#unknown = new Set(this.#rules.keys());
  }

  /** By its id. */
  rule(id: string): RuleInPlace | undefined {
    return this.#rules.get(id);
  }

  ruleNamed(name: string): RuleInPlace | undefined {
    return [...this.#rules.values()].find(({ node }) => node.name === name);
  }

  isFiring(name: string): boolean {
    for (const names of this.#firing.values()) if (names.has(name)) return true;
    return false;
  }

  begin(rule: string, name: string): void {
    this.#firing.get(rule)?.add(name);
  }

  end(rule: string, name: string): void {
    this.#firing.get(rule)?.delete(name);
  }

  /** The rule stops; false: it is not asked of. */
  lose(rule: string): boolean {
    this.#rules.delete(rule);
    return this.#firing.delete(rule);
  }

  snapshot(): Snapshot {
    return Object.fromEntries([...this.#firing].map(([rule, names]) => [rule, [...names]]));
  }

  restore(snapshot: Snapshot): void {
    for (const rule of this.#rules.keys()) {
      if (!Object.hasOwn(snapshot, rule)) continue;
      this.#firing.set(rule, new Set(snapshot[rule] as readonly string[])); // as: what `snapshot` gave
      this.#unknown.delete(rule);
    }
  }

  /** After the rules are restored: what nothing is known of is as it is now. */
  resume(): void {
    for (const id of this.#unknown) {
      for (const { alert } of this.#rules.get(id)!.operator.firingAlerts!()) {
        this.begin(id, alertName(id, Object.values(alert.key)));
      }
    }
  }

  get stateBytes(): number {
    let names = 0;
    for (const ofRule of this.#firing.values()) names += ofRule.size;
    return names * NAME_BYTES;
  }
}

const NAME_BYTES = 100; // an estimate: a text and its place in a set
