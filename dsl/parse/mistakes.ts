/**
 * The mistakes that people make in rule files, with a message and a remedy for each. The grammar and scan.ts recognise
 * them and say where; this table says what they are called. One code per kind of mistake.
 */
export type MistakePlace = { readonly source: string; readonly start: number; readonly end: number };

export type MistakeDescription = {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly start?: number; // where the place is another than the one that was recognised
  readonly end?: number;
};

const DURATION_UNITS = 'ms, s, m, h, d, w, y';

const DURATION_WORDS: Readonly<Record<string, string>> = {
  ...words('ms', 'millis millisecond milliseconds msec'),
  ...words('s', 'sec secs second seconds S'),
  ...words('m', 'min mins minute minutes M'),
  ...words('h', 'hr hrs hour hours H'),
  ...words('d', 'day days D'),
  ...words('w', 'week weeks W'),
  ...words('y', 'yr year years Y'),
};

const FOREIGN_OPERATORS: Readonly<Record<string, string>> = {
  '&&': 'write `and`',
  '||': 'write `or`',
  '!': 'write `not`',
  '<>': 'write `!=`',
  '===': 'write `==`',
  '!==': 'write `!=`',
  '%': 'write `mod(x, n)` for the remainder; a percentage stands directly on its number, as in `90%`',
  '**': 'write `x * x`',
  '^': 'write `x * x`; in a unit `^` stands without blanks, as in `m^3/h`',
};

const MISTAKES = {
  'not-a-duration': describeNotADuration,
  'negative-duration': place => ({
    code: 'MR1006',
    message: 'a duration is never negative',
    hint: `write \`${wordAt(place.source, place.source.indexOf('-', place.start) + 1).trim()}\``,
    end: endOfWord(place.source, place.source.indexOf('-', place.start) + 1),
  }),
  'duration-order': () => malformedDuration('each unit stands once, the longest first, as in `1h30m`'),
  'duration-too-long': () => malformedDuration('the longest duration is `285y`'),
  'unit-on-duration': describeUnitOnDuration,
  'attached-unit': describeAttachedUnit,
  'single-equals': () => ({ code: 'MR1007', message: '`=` does not compare', hint: 'write `==`' }),
  'select-equals': place => ({
    code: 'MR1007',
    message: '`=` does not name a column',
    hint: `write the name behind the value: \`… as ${textOf(place).split(/[\s=]/, 1)[0]}\``,
  }),
  'foreign-operator': place => ({
    code: 'MR1008',
    message: `\`${textOf(place)}\` is not an operator here`,
    hint: FOREIGN_OPERATORS[textOf(place)] ?? 'see docs/language for the operators',
  }),
  'open-text': () => ({
    code: 'MR1009',
    message: 'this text has no closing quote',
    hint: 'a text ends on its own line; write `\\n` for a line break inside it',
  }),
  'foreign-quotes': place => ({
    code: 'MR1010',
    message: 'a text stands in double quotes',
    hint: `write \`"${textOf(place).replace(/^['“”„‘’]|['“”‘’]$/g, '')}"\``,
  }),
  'unknown-escape': place => ({
    code: 'MR1011',
    message: `\`${textOf(place)}\` means nothing in a text`,
    hint: 'write `\\\\` for a backslash; the others are `\\"`, `\\n`, `\\t`, `\\r` and `\\u00e9`',
  }),
  'too-deep': () => ({
    code: 'MR1012',
    message: 'this is nested too deeply',
    hint: 'give parts of it names of their own with `let`, or in a stream before this one',
  }),
  'said-twice': place => ({
    code: 'MR1013',
    message: `\`${wordAt(place.source, place.start)}\` is said twice`,
    hint: 'keep one of them',
    end: endOfWord(place.source, place.start),
  }),
  'number-too-large': () => ({
    code: 'MR1015',
    message: 'this number is too large',
    hint: 'the largest number is about 1.8e308',
  }),
  'whole-number-too-large': () => ({
    code: 'MR1015',
    message: 'this whole number is too large',
    hint: 'the largest whole number is 9007199254740991',
  }),
  thousands: place => ({
    code: 'MR1015',
    message: 'a number has no commas',
    hint: `write \`${textOf(place).replaceAll(',', '')}\``,
  }),
  'number-without-zero': place => ({
    code: 'MR1015',
    message: 'a number begins with a digit',
    hint: `write \`0${textOf(place)}\``,
  }),
  'chained-comparison': place => ({
    code: 'MR1016',
    message: `a comparison has two sides, and \`${textOf(place)}\` begins a third`,
    hint: 'join two comparisons with `and`, or write `x in 1..5`',
  }),
  'time-text': place => ({
    code: 'MR1020',
    message: "a column's name in quotes stands behind `$`",
    hint: `write \`time $[${textOf(place)}]${formatBehind(place)}\``,
  }),
  'time-equals': place => ({
    code: 'MR1021',
    message: '`time` says where the time is read, and has no name of its own',
    hint: `write \`time ${columnOf(textOf(place).replace(/^.*?=\s*/s, ''))}${formatBehind(place)}\`; rules call it \`time\``,
  }),
  'two-streams': place => ({
    code: 'MR1022',
    message: 'a rule is on one stream',
    hint: `write a second rule on \`${/\w+$/.exec(textOf(place))![0]}\``,
  }),
  'foreign-arrow': () => ({
    code: 'MR1023',
    message: 'the steps of a pattern are joined by arrows',
    hint: 'write `->`, or `~>` where nothing may come in between',
  }),
  'group-without-parentheses': place => ({
    code: 'MR1023',
    message: `\`${wordAt(place.source, place.start)}\` joins steps of a pattern in parentheses`,
    hint: `write \`(a ${wordAt(place.source, place.start)} b)\`; for b behind a, \`a -> b\``,
    end: endOfWord(place.source, place.start),
  }),
  'step-behind-clause': () => ({
    code: 'MR1023',
    message: '`within` and the other clauses of a pattern stand behind its last step',
    hint: 'move them to the end; a part with a `within` of its own stands in parentheses: `(a -> b within 5m) -> c`',
  }),
  'round-condition': describeRoundCondition,
  'foreign-quantifier': describeForeignQuantifier,
  'foreign-absence': place => ({
    code: 'MR1023',
    message: '`!` does not say what must not happen',
    hint: `write \`not ${textOf(place).slice(1).trim()} for 5m\`, or \`unless …\` behind \`within\` for the whole pattern`,
  }),
  'foreign-comment': place => ({
    code: 'MR1017',
    message: 'a comment begins with `//`',
    hint: 'write `//` before each line of it',
    end: Math.min(place.end, endOfLine(place.source, place.start)),
  }),
} satisfies Record<string, (place: MistakePlace) => MistakeDescription>;

export type MistakeKind = keyof typeof MISTAKES;

export function describeMistake(kind: MistakeKind, place: MistakePlace): MistakeDescription {
  return MISTAKES[kind](place);
}

/** `for 30` · `for 30 s` · `for 30sec` · `for 1.5h` */
function describeNotADuration(place: MistakePlace): MistakeDescription {
  const [, blank, word] = /^([ \t]*)([A-Za-z_]*)/.exec(place.source.slice(place.end)) as unknown as [
    string,
    string,
    string,
  ];
  const number = textOf(place);
  const unit = durationUnit(word);
  const end = place.end + blank.length + word.length;
  if (word !== '' && blank === '') {
    return { ...malformedDuration(wholeDuration(number, unit) ?? `the units are ${DURATION_UNITS}`), end };
  }
  if (unit) {
    const hint = wholeDuration(number, unit) ?? `the units are ${DURATION_UNITS}`;
    return { code: 'MR1004', message: 'a duration has no blank before its unit', hint, end };
  }
  const seconds = /^\d+$/.test(number) ? `${number}s` : '30s';
  const hint = `write \`${seconds}\` for ${seconds.slice(0, -1)} seconds; the units are ${DURATION_UNITS}`;
  return { code: 'MR1003', message: 'duration has no unit', hint };
}

function malformedDuration(hint: string): MistakeDescription {
  return { code: 'MR1014', message: 'this is not a duration', hint };
}

/** `1.5` and `h` make `1h30m`. */
function wholeDuration(number: string, unit: string | undefined): string | null {
  if (!unit) return null;
  if (/^\d+$/.test(number)) return `write \`${number}${unit}\``;
  const finer: Readonly<Record<string, readonly [string, number]>> = {
    s: ['ms', 1000],
    m: ['s', 60],
    h: ['m', 60],
    d: ['h', 24],
    w: ['d', 7],
    y: ['d', 365],
  };
  const [finerUnit, factor] = finer[unit] ?? [];
  const whole = Math.floor(Number(number));
  const rest = factor ? Math.round((Number(number) - whole) * factor * 1e6) / 1e6 : 0.5;
  if (!Number.isInteger(rest)) return `its numbers are whole, as in \`1h30m\`; the units are ${DURATION_UNITS}`;
  return `write \`${whole ? whole + unit : ''}${rest ? `${rest}${finerUnit}` : ''}\``;
}

/** `5m/s`: read as a duration, although a unit is meant. */
function describeUnitOnDuration(place: MistakePlace): MistakeDescription {
  const { source } = place;
  let start = place.start;
  while (start > 0 && /[A-Za-z0-9.]/.test(source[start - 1]!)) start--;
  const text = /^[^\s,;:(){}[\]]*/.exec(source.slice(start))![0];
  const spaced = text.replace(/^([\d.]+)/, '$1 ');
  const [duration, divisor] = [source.slice(start, place.start), text.slice(place.start + 1 - start)];
  return {
    code: 'MR1005',
    message: 'a unit needs a blank before it',
    hint: `write \`${spaced}\` for the unit; a calculation has blanks: \`${duration} ${source[place.start]} ${divisor}\``,
    start,
    end: start + text.length,
  };
}

/** `85degC`, and `5min` where a duration was meant. */
function describeAttachedUnit(place: MistakePlace): MistakeDescription {
  const text = /^[^\s,;:(){}[\]<>=!+]*/
    .exec(place.source.slice(place.start))![0]
    .replace(/\.+.*$/, match => (/^\.\d/.test(match) ? match : ''));
  const [, number, unit] = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(.*)$/s.exec(text) as unknown as [string, string, string];
  const end = place.start + text.length;
  const duration = durationUnit(unit);
  if (duration && /^\d+\.\d+$/.test(number)) return { ...malformedDuration(wholeDuration(number, duration)!), end };
  const alternative = duration ? `, or \`${number}${duration}\` for a duration` : '';
  return {
    code: 'MR1005',
    message: 'a unit needs a blank before it',
    hint: `write \`${number} ${unit}\`${alternative}`,
    end,
  };
}

/** `motor(temp > 90 degC)`, and `late(motor)` as the stream of a rule or step. */
function describeRoundCondition(place: MistakePlace): MistakeDescription {
  const inside = textOf(place).slice(1, -1).trim();
  const side = /\b(?:late|rejected)\s*$/.exec(place.source.slice(0, place.start))?.[0].trim();
  if (side !== undefined) {
    const hint = `make a stream of it: \`stream ${side}_${inside} = from ${side}(${inside})\``;
    return { code: 'MR1023', message: `\`${side}(…)\` has no name that a rule could be on`, hint };
  }
  if (/\balert\s*$/.test(place.source.slice(0, place.start))) {
    const hint = `write \`alerts where rule == ${inside}\``;
    return { code: 'MR1023', message: '`alert(…)` is no stream that a rule could be on', hint };
  }
  return {
    code: 'MR1023',
    message: 'which events a step means stands in brackets',
    hint: `write \`[${inside}]\``,
  };
}

/** `a*` · `a{2..5}` */
function describeForeignQuantifier(place: MistakePlace): MistakeDescription {
  const [, min, max] = /^\{\s*(\d+)\s*\.\.\s*(\d*)/.exec(textOf(place)) ?? [];
  const hint =
    min === undefined
      ? 'write `+` for one event or more, `?` for one or none, `{2,}` for at least two'
      : `write \`{${min},${max}}\``;
  return { code: 'MR1023', message: `\`${textOf(place)}\` does not say how many events a step takes`, hint };
}

/** ` as s` behind the place of a time. */
function formatBehind({ source, end }: MistakePlace): string {
  return /^[ \t]+as[ \t]+\w+/.exec(source.slice(end, end + 40))?.[0] ?? '';
}

function columnOf(written: string): string {
  return written.startsWith('"') ? `$[${written}]` : written;
}

function durationUnit(word: string): string | undefined {
  return Object.hasOwn(DURATION_WORDS, word) ? DURATION_WORDS[word] : undefined;
}

function words(unit: string, list: string): Record<string, string> {
  return Object.fromEntries([unit, ...list.split(' ')].map(word => [word, unit]));
}

function textOf({ source, start, end }: MistakePlace): string {
  return source.slice(start, end);
}

function wordAt(source: string, start: number): string {
  return source.slice(start, endOfWord(source, start));
}

function endOfWord(source: string, start: number): number {
  const word = /\s*(?:[A-Za-z0-9_.]+|\S)/y;
  word.lastIndex = start;
  word.test(source);
  return word.lastIndex;
}

function endOfLine(source: string, start: number): number {
  const end = source.slice(start).search(/[\r\n]/);
  return end < 0 ? source.length : start + end;
}
