type Attributes = Readonly<Record<string, string | number>>;

/** An element with its content, which is markup already. */
export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes).map(([attribute, value]) => ` ${attribute}="${escaped(shown(value))}"`);
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

export function text(content: string, attributes: Attributes): string {
  return element('text', attributes, escaped(content));
}

export function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

/** A tenth of a pixel is enough, and the same on every machine. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function shown(value: string | number): string {
  return typeof value === 'number' ? String(rounded(value)) : value;
}

/** About as wide as the usual fonts of screens set it. */
export function textWidth(content: string, size: number): number {
  return content.length * size * 0.6;
}
