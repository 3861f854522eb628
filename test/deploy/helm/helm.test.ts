import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { findHelm, findKubernetesSchemas, lintChart, renderChart } from '../../../scripts/linters/index.js';
import { chartFiles } from '../../../scripts/manual/chart-files.ts';
import { findNats, freePort, startNats } from '../../../scripts/services/index.js';
import { root, textOf } from '../../repository/tree.ts';
import { DescribedService, installAt, runDescribed } from '../described-process.ts';
import { parseDockerfile } from '../docker/dockerfile.ts';
import { startOfImage } from '../docker/rehearse-image.ts';
import { requireAlert, RULES } from '../plant.ts';
import { complaintsOf, type Container, type Manifest, manifestsOf, type Pod } from './kubernetes.ts';
import { changeVolume, layOutVolumes, processOfContainer } from './pod-process.ts';

await findNats();
await findHelm(); // or installed, before a time limit runs
await findKubernetesSchemas();

const chart = join(root, 'deploy/helm/millrace');
const rules = { 'pumps.mill': readFileSync(join(root, 'apps/cli/skeleton/live.mill'), 'utf8') };
const peers = [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }];
const LABELS = { release: 'prometheus' };

/** Every value is in one of them, so that every line of the templates is rendered. */
const VALUES: Readonly<Record<string, object>> = {
  'as it comes': {},
  'two processes': { rules, settings: { nats: { servers: ['nats://nats:4222'] }, workers: 2 } },
  'one process on a volume': {
    rules,
    cluster: { enabled: false },
    persistence: { size: '50Gi', storageClassName: 'fast' },
    setup: false,
    stopTimeoutSeconds: 90,
  },
  'all that may be said': {
    image: { repository: 'registry.plant/millrace', tag: 'v1', pullPolicy: 'Always' },
    imagePullSecrets: [{ name: 'registry' }],
    cluster: { enabled: true, replicas: 4 },
    rulesConfigMap: 'plant-rules',
    secrets: {
      MILLRACE_HTTP_TOKEN: { name: 'millrace', key: 'http-token' },
      MILLRACE_NATS_PASSWORD: { name: 'nats', key: 'password' },
    },
    filesSecret: 'certificates',
    settings: { nats: { servers: ['tls://nats:4222'], user: 'plant', tls: { ca: '/etc/millrace/files/ca.crt' } } },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'plant', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    networkPolicy: { enabled: true, from: peers },
    serviceMonitor: { enabled: true, interval: '30s', labels: LABELS },
    prometheusRule: { enabled: true, labels: LABELS },
    dashboard: { enabled: true, labels: { folder: 'plant' } },
  },
};

describe.each(Object.entries(VALUES))('%s', (_, values) => {
  const rendered = manifests(values);

  test('helm lint has nothing to say', async () => {
    expect(await lintChart({ chart, values })).toEqual([]);
  });

  test('Kubernetes knows each field, in its oldest and newest version', async () => {
    const own = (await rendered).filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.coreos.com'));
    expect(own.length).toBeGreaterThan(4);
    for (const manifest of own) expect(await complaintsOf(manifest)).toEqual([]);
  });

  test('what manifests name of each other is there', async () => {
    const all = await rendered;
    const { pod, claims } = workloadOf(all);
    const labels = pod.metadata.labels;
    for (const { kind, spec } of all.filter(({ spec }) => spec?.selector !== undefined)) {
      const selector = spec!.selector!.matchLabels ?? spec!.selector!;
      expect(labels, kind).toMatchObject(selector);
    }
    const volumes = [...pod.spec.volumes.map(({ name }) => name), ...claims];
    const mounted = containersOf(pod).flatMap(({ volumeMounts }) => volumeMounts.map(({ name }) => name));
    expect([...new Set(mounted)].sort()).toEqual(volumes.sort());
    const maps = all.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    const named = pod.spec.volumes.flatMap(({ configMap }) => (configMap === undefined ? [] : [configMap.name]));
    expect([...maps, 'plant-rules']).toEqual(expect.arrayContaining(named));
    expect(
      all.some(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === pod.spec.serviceAccountName),
    ).toBe(true);
  });

  test('a process may write where its volumes are, and nowhere else, and has no rights', async () => {
    for (const { securityContext } of containersOf(workloadOf(await rendered).pod)) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  test('Kubernetes waits longer for an end than the last checkpoint may take', async () => {
    const { pod } = workloadOf(await rendered);
    const timeout = pod.spec.containers[0]!.env.find(({ name }) => name === 'MILLRACE_STOP_TIMEOUT')!.value!;
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(Number(timeout.replace('s', '')));
  });
});

test('a field that Kubernetes does not have is told, so the checks above can fail', async () => {
  const [deployment] = (await manifests({})).filter(({ kind }) => kind === 'Deployment');
  const faulty = { ...deployment!, spec: { ...deployment!.spec, replica: 2 } };
  expect((await complaintsOf(faulty)).join()).toContain('replica');
});

test('the chart has the version of the package', () => {
  const { version } = JSON.parse(textOf('package.json'));
  expect(parse(textOf('deploy/helm/millrace/Chart.yaml'))).toMatchObject({ version, appVersion: version });
});

test('what the chart has of other files is as they are: `npm run docs` writes it', () => {
  for (const [path, text] of chartFiles()) expect(readFileSync(path, 'utf8'), path).toBe(text);
});

test('the rules and the dashboard reach the operators as they are', async () => {
  const all = await manifests(VALUES['all that may be said']!);
  const rule = all.find(({ kind }) => kind === 'PrometheusRule')!;
  expect(rule.spec).toEqual(parse(textOf('docs/operations/alerts.yaml')));
  expect(rule.metadata.labels).toMatchObject(LABELS);
  const dashboard = all.find(({ metadata }) => metadata.name === 'millrace-dashboard')!;
  expect(JSON.parse(dashboard.data!['millrace.json']!)).toEqual(
    JSON.parse(textOf('docs/operations/grafana-dashboard.json')),
  );
  expect(dashboard.metadata.labels).toMatchObject({ grafana_dashboard: '1', folder: 'plant' });
  expect(textOf('docs/operations/alerts.yaml')).toContain(
    `job="${parse(textOf('deploy/helm/millrace/Chart.yaml')).name}"`,
  );
});

test.each([
  { values: { settings: { nats: { server: 'nats://nats:4222' } } }, told: 'server' },
  { values: { settings: { state: '/data' } }, told: 'state' },
  { values: { settings: { nats: { token: 'secret' } } }, told: 'token' },
  { values: { secrets: { MILLRACE_NATS_TOKN: { name: 'a', key: 'b' } } }, told: 'MILLRACE_NATS_TOKN' },
  { values: { secrets: { MILLRACE_HTTP_TOKEN: null } }, told: 'MILLRACE_HTTP_TOKEN' },
  { values: { rules: { 'pumps.txt': 'rule' } }, told: 'pumps.txt' },
  { values: { replicas: 3 }, told: 'replicas' },
  { values: { cluster: { replicas: 0 } }, told: 'replicas' },
])('$told, where values have it wrong, is refused before anything is installed', async ({ values, told }) => {
  expect((await lintChart({ chart, values })).join('\n')).toContain(told);
});

test('what the chart starts serves the rules of its values, and changed ones without a restart', async () => {
  const nats = await startNats();
  onTestFinished(() => nats.stop());
  const folder = mkdtempSync(join(tmpdir(), 'millrace-pod-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const values = {
    rules: { 'pumps.mill': RULES },
    settings: { nats: { servers: [nats.url] }, store: 'none', workers: 0 },
  };
  const all = await manifests({ ...values, cluster: { enabled: false } });
  const { pod } = workloadOf(all);
  layOutVolumes(pod, { manifests: all, folder });
  installAt(folder, 'usr/local/bin/millrace');
  const machine = {
    folder,
    image: startOfImage(parseDockerfile(textOf('deploy/docker/Dockerfile'))),
    secrets: { 'http-token': 'of sixteen letters' },
  };
  const [setup, serve] = containersOf(pod).map(container => processOfContainer(container, machine));
  expect(runDescribed(setup!)).toMatchObject({ code: 0, err: '' });

  const here = { MILLRACE_HTTP_ADDRESS: '127.0.0.1', MILLRACE_HTTP_PORT: String(await freePort()) }; // it has no network of its own
  const service = await DescribedService.started({ ...serve!, variables: { ...serve!.variables, ...here } });
  await requireAlert(nats.url, 'p1');
  changeVolume(folder, 'rules', { 'pumps.mill': RULES.replace('high when temp > 85', 'high when temp > 90') });
  await expect.poll(() => service.out, { timeout: 30_000 }).toContain('version 2 of the rules runs');
  await requireAlert(nats.url, 'p2');
  expect(await service.ended('SIGTERM')).toBe(0);
}, 120_000);

async function manifests(values: object): Promise<Manifest[]> {
  return manifestsOf(await renderChart({ chart, values }));
}

function workloadOf(all: readonly Manifest[]): { readonly pod: Pod; readonly claims: readonly string[] } {
  const { spec } = all.find(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')!;
  return { pod: spec!.template!, claims: spec!.volumeClaimTemplates?.map(({ metadata }) => metadata.name) ?? [] };
}

function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
