import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { encodeManifest } from '../../engine/runtime/checkpoint/checkpoint-manifest.ts';
import { manifestPath } from '../../engine/runtime/checkpoint/checkpoint-names.ts';
import { NodeDisk } from '../../engine/runtime/node-disk.ts';
import { writeSnapshotFile } from '../../engine/runtime/checkpoint/snapshot-file.ts';
import { readStoredPlan } from '../../engine/runtime/checkpoint/stored-plan.ts';

const disk = new NodeDisk();

/** A folder with checkpoints whose plans have a node named as the checkpoint. */
async function folderWith(...ids: readonly number[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-stored-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const id of ids) {
    const plan = { version: 1, nodes: [{ kind: 'store', id: `of ${id}`, input: 'motor', keepUs: null }] };
    const content = { plan: JSON.stringify(plan) };
    await writeSnapshotFile(disk, manifestPath(folder, id), encodeManifest({ id, content, parts: [] }));
  }
  return folder;
}

it('reads the plan of the newest checkpoint', async () => {
  const plan = await readStoredPlan(disk, await folderWith(9, 10));
  expect(plan).toMatchObject({ version: 1, nodes: [{ id: 'of 10' }] });
});

it('passes over a damaged one', async () => {
  const folder = await folderWith(1, 2);
  truncateSync(manifestPath(folder, 2), 50);
  expect(await readStoredPlan(disk, folder)).toMatchObject({ nodes: [{ id: 'of 1' }] });
  truncateSync(manifestPath(folder, 1), 50);
  await expect(readStoredPlan(disk, folder)).rejects.toMatchObject({ code: 'MR6003' });
});

it('finds nothing where nothing is stored', async () => {
  expect(await readStoredPlan(disk, await folderWith())).toBeNull();
  expect(await readStoredPlan(disk, join(tmpdir(), 'millrace-no-such-folder'))).toBeNull();
});
