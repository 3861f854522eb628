import type { AlertsNode, SideNode, SourceField, SourceNode } from '../../dsl/plan.ts';

/**
 * What a source leaves aside, as a source of its own: its events come in order of arrival, which is their time, so no key
 * waits, and each is as far as the arrival clock. A key is forgotten as the source's are.
 */
export function sideSource(
  { id, fields }: Pick<SideNode, 'id' | 'fields'>,
  { connector, key, expireUs }: Pick<SourceNode, 'connector' | 'key' | 'expireUs'>,
): SourceNode {
  return {
    kind: 'source',
    id,
    connector,
    address: '',
    directory: '',
    codec: null,
    key,
    fields: fields.map(field => ({ ...field, ...AS_IT_COMES, from: { kind: 'path', path: [field.name] } })),
    time: null,
    latenessUs: 0,
    idleUs: 0,
    futureUs: null,
    expireUs,
  };
}

/** What happens to the alerts of rules on these sources, in the same way. A key is forgotten when each of them would do so. */
export function alertsSource(node: AlertsNode, sources: readonly SourceNode[]): SourceNode {
  const key = node.key.map(({ name }) => name);
  const expireUs = sources.reduce<number | null>(
    (us, source) => (us === null || source.expireUs === null ? null : Math.max(us, source.expireUs)),
    0,
  );
  return sideSource(node, { connector: sources[0]!.connector, key, expireUs });
}

const AS_IT_COMES = {
  isNeeded: true,
  isNumberFromText: false,
  scaling: [],
  range: null,
  default: null,
} satisfies Partial<SourceField>;
