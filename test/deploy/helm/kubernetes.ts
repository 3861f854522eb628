import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parseAllDocuments } from 'yaml';
import { findKubernetesSchemas } from '../../../scripts/linters/index.js';

/** A manifest; of `spec`, what the tests look into. */
export type Manifest = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template?: Pod;
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
  };
};

export type Pod = {
  readonly metadata: Manifest['metadata'];
  readonly spec: {
    readonly serviceAccountName: string;
    readonly terminationGracePeriodSeconds: number;
    readonly initContainers?: readonly Container[];
    readonly containers: readonly Container[];
    readonly volumes: readonly Volume[];
  };
};

export type Container = {
  readonly name: string;
  readonly command?: readonly string[];
  readonly workingDir?: string;
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: SecretValue }[];
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string; readonly subPath?: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: object;
};

type SecretValue = { readonly secretKeyRef: { readonly name: string; readonly key: string } };
type Volume = {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly secret?: { readonly secretName: string };
  readonly emptyDir?: object;
};

/** The manifests of a rendered chart. */
export function manifestsOf(rendered: Readonly<Record<string, string>>): Manifest[] {
  return Object.entries(rendered)
    .filter(([template]) => template.endsWith('.yaml'))
    .flatMap(([, text]) => parseAllDocuments(text))
    .map(document => document.toJS() as Manifest | null)
    .filter(manifest => manifest !== null);
}

/** What Kubernetes would refuse of a manifest, in the oldest and newest version; unknown fields, too. */
export async function complaintsOf(manifest: Manifest): Promise<string[]> {
  const complaints = (await findKubernetesSchemas()).map(folder => {
    const validate = validatorOf(join(folder, `${schemaName(manifest)}.json`));
    const version = basename(folder).split('-')[0];
    validate(manifest);
    return (validate.errors ?? []).map(({ instancePath, message, params }) =>
      [version, manifest.kind, instancePath, message, JSON.stringify(params)].join(' '),
    );
  });
  return complaints.flat();
}

function schemaName({ kind, apiVersion }: Manifest): string {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : [null, apiVersion];
  return [kind, ...(group === null ? [] : [group!.split('.')[0]]), version].join('-').toLowerCase();
}

const validators = new Map<string, ValidateFunction>();

function validatorOf(path: string): ValidateFunction {
  if (!existsSync(path)) throw new Error(`Kubernetes has no such kind: ${path}`);
  let validator = validators.get(path);
  if (validator === undefined) {
    const text = readFileSync(path, 'utf8');
    const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
    const definitions = /"\$ref": "([^#"]+)#/.exec(text)?.[1];
    if (definitions !== undefined) {
      ajv.addSchema(JSON.parse(readFileSync(join(path, '../_definitions.json'), 'utf8')), definitions);
    }
    validator = ajv.compile(JSON.parse(text));
    validators.set(path, validator);
  }
  return validator;
}
