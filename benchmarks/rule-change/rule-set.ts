/** Rules as their files have them, by path. */
export type RuleSet = ReadonlyMap<string, string>;

export const MAIN_FILE = 'rules.mill';
export const KEYS = 1_000;

const STREAM = `stream s from memory "s" { key device: symbol  temperature: float  time ts as us }`;

/**
 * So many rules on one stream, over so many files beside the main one (0: all are in it). A third each: a threshold with `for`,
 * rules of one device, and windows with an aggregate of their own. `changed`: one of them has another limit.
 */
export function ruleSet(options: {
  readonly rules: number;
  readonly files: number;
  readonly changed?: number;
}): RuleSet {
  const { rules, files, changed } = options;
  const texts = Array.from({ length: rules }, (_, i) => ruleText(i, { isChanged: i === changed }));
  if (files === 0) return new Map([[MAIN_FILE, `${[STREAM, ...texts].join('\n')}\n`]]);
  const share = Math.ceil(rules / files);
  const parts = Array.from({ length: files }, (_, file) => {
    const text = `${texts.slice(file * share, (file + 1) * share).join('\n')}\n`;
    return [`part-${file}.mill`, text] as const;
  });
  const includes = parts.map(([path]) => `include "${path}"`);
  return new Map([[MAIN_FILE, `${[...includes, STREAM].join('\n')}\n`], ...parts]);
}

function ruleText(i: number, { isChanged }: { readonly isChanged: boolean }): string {
  const limit = 90 + i / 1_000 + (isChanged ? 0.5 : 0); // no two share a condition
  switch (i % 3) {
    case 0:
      return `rule held_${i} on s {\n  high when temperature > ${limit} for 5s\n  message "{device}: {temperature} for long"\n}`;
    case 1:
      return `rule hot_${i} on s {\n  high when device == "d${i % KEYS}" and temperature > ${limit}\n}`;
    default:
      return `stream mean_${i} = from s window tumbling ${i}s select avg(temperature) as mean\nrule mean_high_${i} on mean_${i} {\n  low when mean > ${limit}\n}`;
  }
}
