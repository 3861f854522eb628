/** `Volume Flow RateRMS` → `volume_flow_rate_rms`, `1st` → `_1st`. Never empty. */
export function snakeCase(text: string): string {
  const words = text
    .replace(/[ÄÖÜäöüß]/g, letter => GERMAN[letter]!)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase();
  return words === '' ? 'field' : /^\d/.test(words) ? `_${words}` : words;
}

/** A field's name that is not taken yet, and takes it. */
export function freeName(text: string, taken: Set<string>): string {
  const words = /^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? text : snakeCase(text);
  const name = UNUSABLE.has(words) ? `${words}_value` : words;
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  taken.add(free);
  return free;
}

const GERMAN: Readonly<Record<string, string>> = { Ä: 'Ae', Ö: 'Oe', Ü: 'Ue', ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss' };

/** Words that mean something else in an expression or in a stream. */
const UNUSABLE: ReadonlySet<string> = new Set(
  (
    'true false null not and or is in case when then else end as at by for rarer time until key lateness idle future ' +
    'unique expire good uncertain bad quality subject alert alerts'
  ).split(' '),
);
