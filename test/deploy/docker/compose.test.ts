import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { findComposeSchema } from '../../../scripts/linters/index.js';
import { millrace } from '../../apps/millrace.ts';
import { textOf } from '../../repository/tree.ts';
import { parseDockerfile } from './dockerfile.ts';

const schema = await findComposeSchema();

type Service = {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly volumes: readonly string[];
  readonly ports?: readonly string[];
  readonly secrets?: readonly string[];
  readonly stop_grace_period?: string;
  readonly depends_on?: object;
};
const compose = parse(textOf('deploy/docker/compose.yaml'), { merge: true }) as {
  readonly name: string;
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
  readonly secrets: object;
};
const services = Object.entries(compose.services);
const ours = services.filter(([, { build }]) => build !== undefined);

test('compose.yaml has only what Compose knows', () => {
  const format = JSON.parse(readFileSync(schema, 'utf8'), withoutIds);
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(format);
  const { name, ...rest } = compose; // newer than the schema
  expect(name).toBe('millrace');
  validate(rest);
  expect(validate.errors).toBeNull();
  const { nats, ...others } = compose.services;
  expect(validate({ ...rest, services: { ...others, nats: { ...nats, prots: [] } } })).toBe(false);
});

test('it names what is there: the Dockerfile, its port, volumes, secrets, services', () => {
  const known = new Set([
    ...Object.keys(compose.volumes),
    ...Object.keys(compose.services),
    ...Object.keys(compose.secrets),
  ]);
  const exposed = parseDockerfile(textOf('deploy/docker/Dockerfile'))
    .at(-1)!
    .steps.find(({ kind }) => kind === 'expose');
  for (const [name, { build, volumes, ports = [], secrets = [], depends_on: dependsOn = {} }] of services) {
    const sources = volumes.map(volume => volume.split(':')[0]!).filter(source => !source.startsWith('./'));
    expect(
      [...sources, ...secrets, ...Object.keys(dependsOn)].filter(each => !known.has(each)),
      name,
    ).toEqual([]);
    if (build === undefined) continue;
    expect(build).toEqual({ context: '../..', dockerfile: 'deploy/docker/Dockerfile' });
    for (const port of ports)
      expect(port).toMatch(new RegExp(`^127\\.0\\.0\\.1:\\d+:${(exposed as { value: string }).value}$`));
  }
  expect(ours.map(([name]) => name)).toEqual(['setup', 'millrace-a', 'millrace-b']);
});

test('Millrace has nothing to say of the settings beside it', () => {
  expect(millrace(['check', 'deploy/docker/millrace.yaml'])).toEqual({
    code: 0,
    out: 'ok: deploy/docker/millrace.yaml\n',
    err: '',
  });
});

test('an engine waits longer for an end than the last checkpoint may take', () => {
  const { default: timeout } = JSON.parse(textOf('docs/millrace.schema.json')).properties.stop.properties.timeout;
  for (const [, { stop_grace_period: wait }] of ours) expect(secondsOf(wait!)).toBeGreaterThan(secondsOf(timeout));
});

/** It was written for an older draft, which named parts of a schema otherwise. */
function withoutIds(name: string, value: unknown): unknown {
  return (name === 'id' || name === '$schema') && typeof value === 'string' ? undefined : value;
}

function secondsOf(text: string): number {
  return Number(/^(\d+)s$/.exec(text)![1]);
}
