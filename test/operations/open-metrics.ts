/** One sample of a scrape. */
export type ScrapedSample = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
};

/** What Prometheus would read of an answer in the OpenMetrics format; throws at what it would refuse. */
export function parseOpenMetrics(text: string): ScrapedSample[] {
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.pop() !== '# EOF') throw new Error('the answer does not end with # EOF');
  const kinds = new Map<string, string>();
  const seen = new Set<string>();
  const samples: ScrapedSample[] = [];
  for (const line of lines) {
    const type = /^# TYPE (\S+) (counter|gauge)$/.exec(line);
    if (type !== null) kinds.set(type[1]!, type[2]!);
    if (line.startsWith('# HELP ') || type !== null) continue;
    const found = /^([a-z_:][a-z0-9_:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null || Number.isNaN(Number(found[3]))) throw new Error(`not a sample: ${line}`);
    const [, name, labels = '', value] = found as unknown as [string, string, string | undefined, string]; // as: it matched
    const kind = kinds.get(name.replace(/_total$/, ''));
    if (kind !== (name.endsWith('_total') ? 'counter' : 'gauge')) throw new Error(`${name} is no ${kind}`);
    const identity = `${name}{${labels}}`;
    if (seen.has(identity)) throw new Error(`twice: ${identity}`);
    seen.add(identity);
    samples.push({ name, labels: labelsIn(labels), value: Number(value) });
  }
  return samples;
}

function labelsIn(text: string): Record<string, string> {
  const labels = text.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)",?/g);
  return Object.fromEntries([...labels].map(([, name, value]) => [name, JSON.parse(`"${value}"`) as string]));
}
