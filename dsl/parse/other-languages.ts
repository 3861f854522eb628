/**
 * What people write who come from SQL, MATCH_RECOGNIZE or EPL, by what was read before the place where the parser could not go on and
 * what stands there, and what they write here instead. The first that fits counts.
 */
type Habit = {
  readonly before: RegExp;
  readonly rest: RegExp;
  /** From what was found before, and there. */
  readonly hint: (before: readonly string[], rest: readonly string[]) => string;
};

const EXPRESSION: readonly Habit[] = [
  habit(
    /([\w.]+)\s*$/,
    /^between\s+(\S[^\n\]{}]*?)\s+and\s+([^\s\]{})]+(?:[ \t]+[A-Za-z%°][\w/%°]*)?)/i,
    ([, value], [, low, high]) => {
      return `write \`${value} in ${low}..${high}\`, which includes both`;
    },
  ),
  habit(/([\w.]+)\s+(?:not\s+)?$/i, /^(?:like|matches|regexp|rlike)\b/i, ([, text]) => {
    return `write \`starts_with(${text}, "…")\`, \`ends_with\` or \`contains\``;
  }),
  habit(/([\w.]+)\s+is\s+(?:not\s+)?$/, /^(?:true|false)\b/, ([, name]) => {
    return `a condition stands alone: \`${name}\`, or \`not ${name}\``;
  }),
  habit(/\[[^[\]{}]*$/, /^,/, () => 'write `and`, or `or`: one condition stands in the brackets'),
];

const PATTERN: readonly Habit[] = [
  habit(/\{\s*$/, /^,\s*(\d+)\s*\}/, (_, [, most]) => `write \`{1,${most}}\``),
  habit(/\{\s*(\d+)\s*$/, /^\+/, ([, least]) => `write \`{${least},}\``),
  habit(/\b(\w+)\s*:\s*not\s+$/, /^\w/, ([, name]) => `what must not happen has no name: leave \`${name}:\` out`),
  habit(/\bnot\s+(?:\w+\s*:\s*)?(\w+)(?:\[[^\]]*\])?\s*$/, /^(?:within|unless|and|or|->|~>|[){])/, ([, stream]) => {
    return `say for how long: \`not ${stream} for 30s\`; what must not come in between is \`unless ${stream}\`, behind \`within\``;
  }),
  habit(/\b(?:on|match)\s+every\s+$/, /^\w/, () => {
    return 'leave `every` out: each event begins a match, `skip none` gives all of them, `skip past last` one after the other';
  }),
  habit(
    /(?:\bon|\bmatch|->|~>|\()\s*(\w+)\s*$/,
    /^=\s*(\w+)/,
    ([, name], [, stream]) => `write \`${name}: ${stream}\``,
  ),
  habit(/(?:\bon|\bmatch|->|~>|\()\s*(\w+)(\[[^\]]*\])\s*$/, /^as\s+(\w+)/, ([, stream], [, name]) => {
    return `the name stands in front: \`${name}: ${stream}[…]\``;
  }),
  habit(/(?:->|~>)[^{}]*?\bwhere\s+([^{}]*?)\s*$/, /^(?:within|unless|skip|across|->|~>)/, ([, condition]) => {
    return `which events a step means stands in brackets behind its stream: \`[${condition}]\``;
  }),
  habit(/\bbetween\s+$/, /^(\w+)\s+and\s+(\w+)/, (_, [, from, to]) => `write \`between [${from}, ${to}]\``),
  habit(/\bskip\s+$/, /^to\b/, () => 'write `skip past last`, or `skip none` for all matches'),
  habit(/\bskip\s+past\s+last\s+$/, /^row\b/, () => 'write `skip past last`'),
  habit(/[}+?*]\s*$/, /^\[/, () => 'the condition stands in front of the quantifier: `motor[…]{3}`'),
  habit(/\]\s*$/, /^\[/, () => 'write one condition in one pair of brackets, with `and`'),
  habit(/(?:\bon|->|~>)\s*$/, /^(\d+)\s+\w/, (_, [, count]) => `how many stands behind the step: \`{${count}}\``),
  habit(
    /\bfrom\s+(?:\w+\s+)?(?:match\s+)?$/,
    /^(?:match\b|\w+\s*:)/,
    () => 'write `= match a: motor[…] -> b: …`, without `from`',
  ),
  habit(
    /\bon\s+\w+\s+$/,
    /^(?:match|pattern)\b/,
    () => 'write the steps behind `on`: `on a: motor[…] -> b: motor[…] within 5m`',
  ),
];

const INPUT: readonly Habit[] = [
  habit(/\bjoin\s+\w[^{}]*$/, /^on\b/, () => {
    return 'streams are joined by their key, or `by` a field that both have; what else they have to fulfil is `where`';
  }),
  habit(/\bleft\s+$/, /^outer\s+join\b/, () => 'write `left join`'),
  habit(/\bfrom\s+\w[^{}]*$/, /^inner\s+join\b/, () => 'write `join`'),
  habit(/\bfrom\s+\w[^{}]*$/, /^right\b/, () => 'change the sides, and write `left join`'),
  habit(
    /\bfrom\s+\w[^{}]*$/,
    /^full\b/,
    () => 'write two streams: a `left join`, and an `anti join` the other way round',
  ),
  habit(
    /\bfrom\s+\w[^{}]*$/,
    /^(?:asof|cross)\b/,
    () => 'write `join … latest`: each event with the last one of the other stream',
  ),
  habit(/\blatest\s+$/, /^(\d\w*)/, (_, [, duration]) => `write \`latest within ${duration}\``),
  habit(
    /\bjoin\b[^{}]*\b(?:around|before|after|latest|latest\s+within\s+\w+)\s+$/,
    /^(?:(?:left|anti)\s+)?join\b/,
    () => {
      return 'a join is of two streams: join this one with the third in a stream of its own';
    },
  ),
  habit(
    /\b(?:from|join)\s+(\w+)\s+$/,
    /^(\w+)\s+(?:(?:left|anti|inner)\s+)?(?:join|within|latest|where|window|select)\b/,
    ([, stream], [, name]) => {
      return `write \`${stream} as ${name}\``;
    },
  ),
  habit(/=\s*$/, /^select\b/, () => '`select` stands behind: `from motor … select temp`'),
  habit(/\bselect\s+$/, /^\*/, () => 'leave `select` out: then rows have all fields'),
  habit(/\bfrom\s+(\w+)(?:\s+as\s+\w+)?\s*$/, /^,\s*(\w+)/, ([, left], [, right]) => {
    return `write \`from ${left} join ${right} latest\`, or \`within 5s around\``;
  }),
  habit(/$/, /^partition\s+by\s+(\w+)/, (_, [, field]) => `write \`by ${field}\``),
];

const HABITS = [...EXPRESSION, ...PATTERN, ...INPUT];

/** `before` ends where the parser could not go on, at `rest`. */
export function hintForHabit(before: string, rest: string): string | null {
  for (const habit of HABITS) {
    const here = habit.rest.exec(rest);
    const there = here && habit.before.exec(before);
    if (here && there) return habit.hint(there, here);
  }
  return null;
}

function habit(before: RegExp, rest: RegExp, hint: Habit['hint']): Habit {
  return { before, rest, hint };
}
