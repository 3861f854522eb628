import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../engine/operator.ts';
import {
  readSnapshotFile,
  readSnapshots,
  verifySnapshotFile,
  writeSnapshotFile,
  writeSnapshots,
} from '../../engine/runtime/checkpoint/snapshot-file.ts';
import { createRandom } from '../../engine/scenario/random.ts';
import { FakeDisk } from '../simulation/fake-disk.ts';
import { runs } from '../oracle/runs.ts';

const PATH = '/state';

describe('a file of a snapshot', () => {
  it('gives back what was written, to the last bit', async () => {
    const word = fc.string({ unit: 'binary', maxLength: 12 });
    const bits = fc.uint8Array({ size: 'medium' });
    const array = fc.oneof(
      bits,
      bits.map(bytes => bytes.subarray(Math.min(3, bytes.length))),
      bits.map(bytes => new Float64Array(bytes.slice(0, bytes.length & ~7).buffer)),
      fc.uint32Array(),
      fc.int32Array(),
    );
    const { snapshot } = fc.letrec<{ value: Snapshot[string]; snapshot: Snapshot }>(tie => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.oneof(fc.double(), fc.constantFrom(-0, NaN, Infinity, -Infinity), fc.integer()),
        fc.oneof(word, fc.boolean(), fc.constant(null), fc.constantFrom('list', 'number', 'texts')),
        array,
        fc.array(word, { minLength: 64, maxLength: 80 }),
        fc.array(tie('value')),
        tie('snapshot'),
      ),
      snapshot: fc.dictionary(fc.oneof(word, fc.constantFrom('__proto__', 'constructor')), tie('value')),
    }));
    await fc.assert(
      fc.asyncProperty(fc.array(snapshot, { maxLength: 3 }), async written => {
        const disk = emptyDisk();
        const reference = await writeSnapshots(disk, PATH, written);
        await verifySnapshotFile(disk, PATH, reference);
        expect(bitsOf(await readSnapshots(disk, PATH, reference))).toEqual(bitsOf(written));
      }),
      runs(200),
    );
  });

  it('gives back what is larger than a slice', async () => {
    const random = createRandom('large');
    const written: Snapshot = {
      values: Float64Array.from({ length: 1_500_000 }, random),
      texts: Array.from({ length: 300_000 }, (_, i) => `pump ${i} °C \u{1f6d1}`),
      long: ['x'.repeat(5_000_000), ...Array.from({ length: 100 }, () => '\ud800')],
      small: Array.from({ length: 2000 }, (_, i) => Uint32Array.of(i)),
    };
    const disk = emptyDisk();
    const reference = await writeSnapshotFile(disk, PATH, written);
    expect(reference.bytes).toBe(disk.usedBytes);
    await verifySnapshotFile(disk, PATH, reference);
    const read = await readSnapshotFile(disk, PATH, reference);
    expect(Object.keys(read)).toEqual(Object.keys(written));
    for (const [name, value] of Object.entries(written)) {
      const isEqual = JSON.stringify(read[name]) === JSON.stringify(value);
      expect(isEqual, name).toBe(true);
    }
  });

  it('finds every bit that was flipped, and every cut', async () => {
    const disk = emptyDisk();
    const reference = await writeSnapshots(disk, PATH, [
      { name: 'motor', values: Float64Array.of(1.5, NaN) },
      { bytes: Uint8Array.of(1, 2, 3) },
    ]);
    const file = await disk.open(PATH, 'write');
    const whole = new Uint8Array(reference.bytes);
    await file.read(whole, 0);
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Uint8Array.of(whole[bit >>> 3]! ^ (1 << (bit & 7)));
      await file.write(damaged, bit >>> 3);
      await expect(readSnapshots(disk, PATH), `bit ${bit}`).rejects.toMatchObject({ code: 'MR6003' });
      await expect(verifySnapshotFile(disk, PATH, reference)).rejects.toMatchObject({ code: 'MR6003' });
      await file.write(whole, 0);
    }
    for (let sizeBytes = whole.length - 1; sizeBytes >= 0; sizeBytes--) {
      await file.truncate(sizeBytes);
      await expect(readSnapshots(disk, PATH), `${sizeBytes} bytes`).rejects.toMatchObject({ code: 'MR6003' });
    }
    await file.write(new Uint8Array(whole.length + 8), 0);
    await file.write(whole, 0);
    await expect(readSnapshots(disk, PATH), 'more bytes').rejects.toMatchObject({ code: 'MR6003' });
    await file.truncate(whole.length);
    expect(await readSnapshots(disk, PATH, reference)).toMatchObject([{ name: 'motor' }, {}]);
  });

  it('names the file that is damaged or gone', async () => {
    const disk = emptyDisk();
    await expect(readSnapshotFile(disk, PATH)).rejects.toMatchObject({
      code: 'MR6003',
      message: expect.stringContaining(PATH),
    });
  });

  it('is not another file of the same form', async () => {
    const disk = emptyDisk();
    const reference = await writeSnapshotFile(disk, PATH, { count: 1 });
    await writeSnapshotFile(disk, PATH, { count: 2 });
    await expect(readSnapshotFile(disk, PATH, reference)).rejects.toMatchObject({ code: 'MR6003' });
    await expect(verifySnapshotFile(disk, PATH, reference)).rejects.toMatchObject({ code: 'MR6003' });
  });

  it.each([0, 2])('is no single snapshot where it has %i', async count => {
    const disk = emptyDisk();
    await writeSnapshots(disk, PATH, [{ count }, { count }].slice(0, count));
    await expect(readSnapshotFile(disk, PATH)).rejects.toMatchObject({ code: 'MR6003' });
  });

  it('of a newer format is no damage', async () => {
    const disk = emptyDisk();
    await writeSnapshotFile(disk, PATH, { count: 1 });
    const file = await disk.open(PATH, 'write');
    const header = new Uint8Array(40);
    await file.read(header, 0);
    const view = new DataView(header.buffer);
    view.setUint32(8, 2, true);
    view.setUint32(36, crc32(header.subarray(0, 36)), true);
    await file.write(header, 0);
    await expect(readSnapshotFile(disk, PATH)).rejects.toMatchObject({ code: 'MR6006' });
  });

  it('leaves nothing behind on a full disk, and may be tried again', async () => {
    const disk = emptyDisk();
    disk.quotaBytes = 1000;
    const large = { values: new Float64Array(1000) };
    await expect(writeSnapshotFile(disk, PATH, large)).rejects.toMatchObject({ code: 'MR6002', retry: 'backoff' });
    expect(disk.usedBytes).toBe(0);
    disk.failingSyncs = 1;
    await expect(writeSnapshotFile(disk, PATH, {})).rejects.toMatchObject({ code: 'MR6002', retry: 'backoff' });
    await writeSnapshotFile(disk, PATH, {});
  });

  it('cannot be where there is no folder', async () => {
    const written = writeSnapshotFile(emptyDisk(), '/none/state', {});
    await expect(written).rejects.toMatchObject({ code: 'MR6002', retry: 'never' });
  });
});

function emptyDisk(): FakeDisk {
  return new FakeDisk({ random: createRandom('file'), step: () => Promise.resolve() });
}

/** Arrays as type and bytes, so that NaNs with other bits differ, and objects as entries, so that `__proto__` counts. */
function bitsOf(value: Snapshot[string]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    return [value.constructor.name, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')];
  }
  return Array.isArray(value) ? value.map(bitsOf) : Object.entries(value).map(([name, item]) => [name, bitsOf(item)]);
}
