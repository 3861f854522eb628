/** A rule of the simplest kind, which the model can follow: it fires above a limit, until it is below another. */
export type SimpleRule = {
  readonly severity: 'low' | 'medium' | 'high';
  readonly above: number;
  readonly below: number;
};

/** What is deployed; `marker` is raised by the first event of each device that these rules see. */
export type Program = {
  readonly marker: string;
  readonly rules: ReadonlyMap<string, SimpleRule>; // by name, in the order of the file
};

/** Rules that no change touches. */
export const STEADY = `
rule steady_limit on motor { high when temp > 75 for 2s  clear when temp < 50 for 1s }
rule steady_jump on motor { medium when temp > avg(temp, 30s) + 15 }
rule steady_mean on motor_5s { low when mean > 60 }
`;

export const STREAMS = `
stream motor from nats "deploys.*.motor" json { key device: symbol = subject[2]  temp: float  time ts as ms }
stream motor_5s = from motor window tumbling 5s select avg(temp) as mean
route alerts to nats "deployed.{device}.{severity}"
`;

export function textOf({ marker, rules }: Program): string {
  const texts = [...rules].map(([name, { severity, above, below }]) => {
    return `rule ${name} on motor { ${severity} when temp > ${above}  clear when temp < ${below} }\n`;
  });
  return `${STREAMS}${STEADY}rule ${marker} on motor { info when temp > -1000 }\n${texts.join('')}`;
}

/** One of the things that people do to rules; the marker is new in each. */
export function changed(
  program: Program,
  marker: string,
  random: () => number,
): { readonly kind: string; readonly program: Program } {
  const kinds = Object.keys(CHANGES);
  const kind = kinds[Math.floor(random() * kinds.length)]!;
  const rules = CHANGES[kind]!(new Map(program.rules), random);
  return { kind, program: { marker, rules } };
}

type Rules = Map<string, SimpleRule>;

const CHANGES: Readonly<Record<string, (rules: Rules, random: () => number) => Rules>> = {
  limit: (rules, random) =>
    edited(rules, random, rule => {
      const above = 50 + Math.floor(random() * 40);
      return { ...rule, above, below: Math.min(rule.below, above - 5) }; // what is above and below at once does not clear
    }),
  severity: (rules, random) =>
    edited(rules, random, rule => ({ ...rule, severity: rule.severity === 'low' ? 'medium' : 'low' })),
  rename: (rules, random) => {
    const name = drawn([...rules.keys()], random);
    if (name === undefined) return rules;
    return new Map([...rules].map(([each, rule]) => [each === name ? freeName(rules, random) : each, rule]));
  },
  remove: (rules, random) => {
    const name = drawn([...rules.keys()], random);
    if (name !== undefined) rules.delete(name);
    return rules;
  },
  add: (rules, random) => {
    if (rules.size >= MAX_RULES) return rules;
    const above = 50 + Math.floor(random() * 40);
    return rules.set(freeName(rules, random), {
      severity: 'high',
      above,
      below: above - 5 - Math.floor(random() * 20),
    });
  },
  order: rules => new Map([...rules].reverse()),
};

function edited(rules: Rules, random: () => number, edit: (rule: SimpleRule) => SimpleRule): Rules {
  const name = drawn([...rules.keys()], random);
  return name === undefined ? rules : rules.set(name, edit(rules.get(name)!));
}

function drawn(names: readonly string[], random: () => number): string | undefined {
  return names[Math.floor(random() * names.length)];
}

/** Also one that was there before. */
function freeName(rules: Rules, random: () => number): string {
  for (;;) {
    const name = `simple_${Math.floor(random() * 3 * MAX_RULES)}`;
    if (!rules.has(name)) return name;
  }
}

const MAX_RULES = 8;
