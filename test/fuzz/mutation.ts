export type MutationOptions = {
  readonly random: () => number;
  readonly corpus: readonly Buffer[];
  readonly words: readonly string[];
  readonly maxBytes: number;
};

/** An input of the corpus, changed one to six times, by bytes or by tokens. */
export function mutate({ random, corpus, words, maxBytes }: MutationOptions): Buffer {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  let input = pick(corpus);
  const changes = 1 + Math.floor(random() ** 2 * 6);
  for (let i = 0; i < changes; i++) {
    const change = pick(CHANGES);
    input = change({ input, other: pick(corpus), random, word: words.length === 0 ? '' : pick(words) });
  }
  return input.subarray(0, maxBytes);
}

type Change = (options: {
  readonly input: Buffer;
  readonly other: Buffer;
  readonly random: () => number;
  readonly word: string;
}) => Buffer;

/** Those of tokens twice: they reach further than those of bytes. */
const CHANGES: readonly Change[] = [
  // Bytes: one set, one put in, some out, some twice, the ends exchanged with another input's.
  ({ input, random }) => {
    const at = placeIn(input, random);
    return replaced(input, at, at + 1, Buffer.of(anyByte(random)));
  },
  ({ input, random }) => replaced(input, placeIn(input, random), null, Buffer.of(anyByte(random))),
  ({ input, random }) => {
    const [from, to] = rangeOf(input.length, random);
    return replaced(input, from, to, NOTHING);
  },
  ({ input, random }) => {
    const [from, to] = rangeOf(input.length, random);
    return replaced(input, placeIn(input, random), null, input.subarray(from, to));
  },
  ({ input, other, random }) => {
    const [from, to] = rangeOf(other.length, random);
    return replaced(input, placeIn(input, random), null, other.subarray(from, to));
  },
  ({ input, other, random }) =>
    Buffer.concat([input.subarray(0, placeIn(input, random)), other.subarray(placeIn(other, random))]),
  ({ input, random }) => replaced(input, placeIn(input, random), null, Buffer.from(pickText(HOSTILE_TEXTS, random))),
  ...twice<Change>([
    ({ input, random, word }) => onTokens(input, random, () => [word]),
    ({ input, random, word }) => onTokens(input, random, token => [word, token]),
    ({ input, random }) => onTokens(input, random, () => []),
    ({ input, random }) => onTokens(input, random, token => [token, token]),
    ({ input, random }) => onTokens(input, random, (token, tokens) => [token, pickText(tokens, random)]),
    ({ input, other, random }) => onTokens(input, random, () => [pickText(tokensOf(other), random)]),
    ({ input, random }) => onTokens(input, random, () => [pickText(HOSTILE_NUMBERS, random)]),
  ]),
  // Deep: what stands there once stands there often.
  ({ input, random }) => {
    const times = 2 + Math.floor(random() ** 3 * 2000);
    return onTokens(input, random, token => [token.repeat(times)]);
  },
  ({ input, random }) => {
    const times = 2 + Math.floor(random() ** 3 * 2000);
    const [open, close] = random() < 0.5 ? ['(', ')'] : random() < 0.5 ? ['[', ']'] : ['{"a":', '}'];
    return onTokens(input, random, token => [open.repeat(times), token, close.repeat(times)]);
  },
];

function onTokens(
  input: Buffer,
  random: () => number,
  change: (token: string, tokens: readonly string[]) => readonly string[],
): Buffer {
  const tokens = tokensOf(input);
  if (tokens.length === 0) return input;
  const at = Math.floor(random() * tokens.length);
  return Buffer.from(tokens.toSpliced(at, 1, ...change(tokens[at]!, tokens)).join(''), 'latin1');
}

/** One byte a character, so that bytes which are no text come back as they were. */
function tokensOf(input: Buffer): readonly string[] {
  return input.toString('latin1').match(/[\w.$]+|\s+|[^\w\s]/g) ?? [];
}

export function wordsOf(inputs: readonly Buffer[]): readonly string[] {
  return [...new Set(inputs.flatMap(tokensOf))].sort();
}

function replaced(input: Buffer, from: number, to: number | null, by: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), by, input.subarray(to ?? from)]);
}

function placeIn(input: Buffer, random: () => number): number {
  return Math.floor(random() * (input.length + 1));
}

/** Mostly a short one. */
function rangeOf(length: number, random: () => number): readonly [from: number, to: number] {
  const from = Math.floor(random() * length);
  return [from, Math.min(length, from + 1 + Math.floor(random() ** 3 * length))];
}

function anyByte(random: () => number): number {
  return random() < 0.5 ? Math.floor(random() * 256) : pickText(PUNCTUATION, random).charCodeAt(0);
}

function pickText(list: readonly string[], random: () => number): string {
  return list[Math.floor(random() * list.length)]!;
}

function twice<T>(list: readonly T[]): T[] {
  return [...list, ...list];
}

const NOTHING = Buffer.alloc(0);
const PUNCTUATION = [...'"\'\\,;:|\t\r\n {}[]()<>=-+*/.#$%&0123456789eE\0'];
const HOSTILE_TEXTS = [
  '\ufeff',
  '\r\n',
  '\0',
  '\u2028',
  '\u202e',
  '💧',
  '__proto__',
  'constructor',
  'toString',
  '\\ud800',
  '\\u0000',
  '""',
  '/*',
  '//',
];
const HOSTILE_NUMBERS = [
  '0',
  '-0',
  '-1',
  '1e400',
  '-1e400',
  '1e-400',
  '5e-324',
  '0.1',
  '1e21',
  '9007199254740991',
  '9007199254740993',
  '4294967296',
  '-2147483648',
  '18446744073709551616',
  `1${'0'.repeat(400)}`,
  'NaN',
  'Infinity',
  '0x10',
  '1_000',
];
