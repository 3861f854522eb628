import { assert } from '../../errors.ts';

const SLICE_BYTES = 1024 * 1024;

/**
 * Texts as bytes, one after the other: UTF-8, which cannot hold half of a surrogate pair; a text with one (JSON may
 * have it) is UTF-16. `lengths[i]` is twice the bytes of text i, plus 1 where it is UTF-16.
 */
export type TextList = { readonly texts: readonly string[]; readonly lengths: Uint32Array };

/** Hands over the bytes of the texts in slices, which are only good until the call is over, and fills in `lengths`. */
export async function writeTexts(list: TextList, append: (bytes: Uint8Array) => Promise<void>): Promise<void> {
  const { texts, lengths } = list;
  const slice = Buffer.allocUnsafeSlow(SLICE_BYTES);
  let filledBytes = 0;
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i]!;
    const encoding = text.isWellFormed() ? 'utf8' : 'utf16le';
    const mostBytes = text.length * 3;
    if (filledBytes + mostBytes > SLICE_BYTES) {
      await append(slice.subarray(0, filledBytes));
      filledBytes = 0;
    }
    let textBytes: number;
    if (mostBytes > SLICE_BYTES) {
      const bytes = Buffer.from(text, encoding);
      await append(bytes);
      textBytes = bytes.length;
    } else {
      textBytes = slice.write(text, filledBytes, encoding);
      filledBytes += textBytes;
    }
    lengths[i] = textBytes * 2 + (encoding === 'utf8' ? 0 : 1);
  }
  await append(slice.subarray(0, filledBytes));
}

export function readTexts(bytes: Uint8Array, lengths: Uint32Array): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts = new Array<string>(lengths.length);
  let position = 0;
  for (let i = 0; i < lengths.length; i++) {
    const end = position + (lengths[i]! >>> 1);
    texts[i] = buffer.toString((lengths[i]! & 1) === 0 ? 'utf8' : 'utf16le', position, end);
    position = end;
  }
  assert(position === bytes.length, 'the lengths of texts add up to their bytes');
  return texts;
}
