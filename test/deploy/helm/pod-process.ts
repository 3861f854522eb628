import { copyFileSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { below, type DescribedProcess } from '../described-process.ts';
import type { RehearsedImage } from '../docker/rehearse-image.ts';
import type { Container, Manifest, Pod } from './kubernetes.ts';

type Machine = {
  /** Takes the place of the container's root. */
  readonly folder: string;
  /** What the image sets. */
  readonly image: Pick<RehearsedImage, 'variables' | 'command'>;
  readonly secrets: Readonly<Record<string, string>>;
};

/** Lays out the volumes of a pod as Kubernetes does, below a folder. */
export function layOutVolumes(
  pod: Pod,
  { manifests, folder }: { manifests: readonly Manifest[]; folder: string },
): void {
  const mounts = pod.spec.containers[0]!.volumeMounts;
  for (const { name, mountPath, subPath } of mounts) {
    const map = pod.spec.volumes.find(volume => volume.name === name)?.configMap;
    const data =
      map === undefined
        ? {}
        : manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === map.name)!.data!;
    const volume = volumeOf(join(folder, 'volumes', name), data);
    const path = join(folder, mountPath);
    mkdirSync(dirname(path), { recursive: true });
    if (subPath === undefined) symlinkSync(volume, path);
    else copyFileSync(join(volume, subPath), path);
  }
}

/** Files behind a link to a folder whose name begins with two dots, so that all can be replaced at once. */
function volumeOf(volume: string, data: Readonly<Record<string, string>>): string {
  mkdirSync(join(volume, '..2026_11_26'), { recursive: true });
  symlinkSync('..2026_11_26', join(volume, '..data'));
  for (const [name, text] of Object.entries(data)) {
    writeFileSync(join(volume, '..2026_11_26', name), text);
    symlinkSync(`..data/${name}`, join(volume, name));
  }
  return volume;
}

/** As a volume of a ConfigMap is changed. */
export function changeVolume(folder: string, name: string, data: Readonly<Record<string, string>>): void {
  const volume = join(folder, 'volumes', name);
  mkdirSync(join(volume, '..2026_11_27'));
  for (const [file, text] of Object.entries(data)) writeFileSync(join(volume, '..2026_11_27', file), text);
  symlinkSync('..2026_11_27', join(volume, '..data_tmp'));
  renameSync(join(volume, '..data_tmp'), join(volume, '..data'));
}

/** What a container of a pod starts. */
export function processOfContainer(container: Container, { folder, image, secrets }: Machine): DescribedProcess {
  const set = container.env.map(({ name, value, valueFrom }) => [name, value ?? secrets[valueFrom!.secretKeyRef.key]!]);
  return below(folder, {
    command: container.command ?? image.command,
    cwd: container.workingDir ?? '/var/lib/millrace',
    variables: { ...image.variables, ...Object.fromEntries(set) },
  });
}
