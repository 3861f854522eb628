import type { DiskFile } from '../../disk.ts';
import type { Snapshot } from '../../operator.ts';
import { SectionWriter, type WrittenSection } from './section-writer.ts';
import { encodeHeader, HEADER_BYTES } from './snapshot-header.ts';
import { type Json, type SectionContent, structureOf } from './snapshot-structure.ts';
import { writeTexts } from './text-list.ts';

/** What another file says of this one, to know it again: its size, and its header's checksum, which covers all others. */
export type FileReference = { readonly bytes: number; readonly checksum: number };

export type ArrayType = 'f64' | 'u32' | 'i32' | 'u8';
export type Section = WrittenSection & { readonly type: ArrayType };

/** A snapshot without its arrays, which are sections of the file, one after the other. */
export type StructureJson = { readonly root: Json; readonly sections: readonly Section[] };

/** Writes snapshots into an empty file, one after the other. Of what is written only the structure is kept, as text. */
export class SnapshotWriter {
  readonly #file: DiskFile;
  readonly #sections: SectionWriter;
  readonly #structures: string[] = [];

  constructor(file: DiskFile) {
    this.#file = file;
    this.#sections = new SectionWriter(file, HEADER_BYTES);
  }

  async append(snapshot: Snapshot): Promise<void> {
    const { root, sections: contents } = structureOf(snapshot);
    const sections: Section[] = [];
    for (const content of contents) {
      const appended = this.#appendContent(content);
      if (appended !== undefined) await appended;
      const ended = this.#sections.endSection();
      const { sizeBytes, checksum } = ended instanceof Promise ? await ended : ended;
      sections.push({ type: typeOf(content), sizeBytes, checksum });
    }
    this.#structures.push(JSON.stringify({ root, sections } satisfies StructureJson));
  }

  /** The file is whole then, and not synced yet. */
  async finish(): Promise<FileReference> {
    const structurePosition = this.#sections.position;
    await this.#sections.append(Buffer.from(`[${this.#structures.join()}]`));
    const { sizeBytes: structureBytes, checksum: structureChecksum } = await this.#sections.endSection();
    await this.#sections.flush();
    const header = encodeHeader({ structurePosition, structureBytes, structureChecksum });
    await this.#file.write(header.bytes, 0);
    return { bytes: this.#sections.position, checksum: header.checksum };
  }

  /** Undefined: nothing is waited for. */
  #appendContent(content: SectionContent): Promise<void> | undefined {
    if ('texts' in content) return writeTexts(content, async bytes => await this.#sections.append(bytes));
    return this.#sections.append(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
  }
}

function typeOf(content: SectionContent): ArrayType {
  if (content instanceof Float64Array) return 'f64';
  if (content instanceof Uint32Array) return 'u32';
  return content instanceof Int32Array ? 'i32' : 'u8';
}
