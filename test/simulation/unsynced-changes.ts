import { type FileChange, FileImage } from './file-image.ts';

const SECTOR_BYTES = 512;

/**
 * What a power cut leaves of changes that were not synced: none of them, all, those up to some moment with the last one
 * torn at any byte, or a choice per sector between old and new, in a file of any size between.
 */
export function afterPowerCut(durable: FileImage, changes: readonly FileChange[], random: () => number): FileImage {
  if (changes.length === 0) return durable;
  const draw = random();
  if (draw < 0.2) return durable;
  if (draw < 0.4) return withChanges(durable, changes);
  if (draw < 0.7) return withPrefix(durable, changes, random);
  return withSectors([durable, withPrefix(durable, changes, random), withChanges(durable, changes)], random);
}

function withChanges(durable: FileImage, changes: readonly FileChange[]): FileImage {
  const image = durable.copy();
  for (const change of changes) image.apply(change);
  return image;
}

function withPrefix(durable: FileImage, changes: readonly FileChange[], random: () => number): FileImage {
  const count = Math.floor(random() * changes.length);
  const image = withChanges(durable, changes.slice(0, count));
  const torn = changes[count]!;
  if (torn.kind === 'truncate') return image;
  const bytes = torn.bytes.subarray(0, Math.floor(random() * torn.bytes.length));
  if (bytes.length > 0) image.apply({ ...torn, bytes });
  return image;
}

/** Each sector is that of one of the images, drawn on its own. */
function withSectors(images: readonly FileImage[], random: () => number): FileImage {
  const sizes = images.map(image => image.size);
  const least = Math.min(...sizes);
  const size = random() < 0.5 ? pick(sizes, random) : least + Math.floor(random() * (Math.max(...sizes) - least + 1));
  const result = new FileImage();
  result.apply({ kind: 'truncate', sizeBytes: size });
  for (let position = 0; position < size; position += SECTOR_BYTES) {
    const bytes = pick(images, random).bytes.subarray(position, Math.min(position + SECTOR_BYTES, size));
    if (bytes.length > 0) result.apply({ kind: 'write', position, bytes });
  }
  return result;
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)]!;
}
