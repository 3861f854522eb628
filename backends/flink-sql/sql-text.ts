/** Every name is quoted: Flink reserves some 400 words, `time` and `value` among them, and more with each version. */
export function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function textLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}

/** A readable name out of what the plan calls a column: `motor#avg(temp, 60s)` is `avg_temp_60s`. */
export function plainName(planName: string): string {
  const words = planName.slice(planName.indexOf('#') + 1).match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.join('_') || 'value';
}

/** A name that none of `taken` is. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
  return free;
}
