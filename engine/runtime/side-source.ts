import type { SideNode, SourceField, SourceNode } from '../../dsl/plan.ts';

/**
 * What a source leaves aside, or what happens to its alerts, as a source of its own: its events come in order of arrival, which is their time, so no key
 * waits, and each is as far as the arrival clock. A key is forgotten as the source's are.
 */
export function sideSource(
  { id, fields }: Pick<SideNode, 'id' | 'fields'>,
  { connector, key, expireUs }: SourceNode,
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

const AS_IT_COMES = {
  isNeeded: true,
  isNumberFromText: false,
  scaling: [],
  range: null,
  default: null,
} satisfies Partial<SourceField>;
