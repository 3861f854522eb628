/** Encoded rows of one request: the bytes, and where each row ends (a binary double may hold a line end). */
export class RowBuffer {
  bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  view = viewOf(this.bytes);
  usedBytes = 0;
  rowEnds: Uint32Array = new Uint32Array(INITIAL_ROWS);
  timesUs: Float64Array = new Float64Array(INITIAL_ROWS); // of the rows
  rows = 0;

  /** Makes room behind `at`. */
  grow(at: number, sizeBytes: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, at + sizeBytes));
    this.bytes.copy(grown, 0, 0, at);
    this.bytes = grown;
    this.view = viewOf(grown);
  }

  endRow(at: number, timeUs: number): void {
    this.rowEnds = growUint32(this.rowEnds, this.rows + 1);
    this.timesUs = growFloat64(this.timesUs, this.rows + 1);
    this.timesUs[this.rows] = timeUs;
    this.rowEnds[this.rows++] = at;
    this.usedBytes = at;
  }

  clear(): void {
    this.usedBytes = 0;
    this.rows = 0;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

const INITIAL_BYTES = 64 * 1024;
const INITIAL_ROWS = 1_024;

function growUint32(array: Uint32Array, length: number): Uint32Array {
  if (array.length >= length) return array;
  const grown = new Uint32Array(array.length * 2);
  grown.set(array);
  return grown;
}

function growFloat64(array: Float64Array, length: number): Float64Array {
  if (array.length >= length) return array;
  const grown = new Float64Array(array.length * 2);
  grown.set(array);
  return grown;
}
