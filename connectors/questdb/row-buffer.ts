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
    if (this.rows === this.rowEnds.length) this.#growRows();
    this.timesUs[this.rows] = timeUs;
    this.rowEnds[this.rows++] = at;
    this.usedBytes = at;
  }

  clear(): void {
    this.usedBytes = 0;
    this.rows = 0;
  }

  #growRows(): void {
    const { rowEnds, timesUs } = this;
    this.rowEnds = new Uint32Array(rowEnds.length * 2);
    this.rowEnds.set(rowEnds);
    this.timesUs = new Float64Array(timesUs.length * 2);
    this.timesUs.set(timesUs);
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

const INITIAL_BYTES = 64 * 1024;
const INITIAL_ROWS = 1_024;
