/**
 * Of readings at equal distances, a power of two of them: the mean square that each frequency adds, from 0 to half of the rate of readings, so
 * that all together are about their variance. Hann's window; radix-2 transform (Cooley & Tukey 1965). The result is valid until
 * the next call.
 */
export function powerSpectrum(values: Float64Array): Float64Array {
  const tables = tablesOf(values.length);
  const { size, window, real, imaginary, powers, reversed } = tables;
  let mean = 0;
  for (let i = 0; i < size; i++) mean += values[i]! / size;
  for (let i = 0; i < size; i++) {
    real[reversed[i]!] = (values[i]! - mean) * window[i]!;
    imaginary[i] = 0;
  }
  transform(tables);
  const scale = 2 / (size * tables.windowSquares);
  for (let bin = 0; bin <= size / 2; bin++) {
    const square = real[bin]! * real[bin]! + imaginary[bin]! * imaginary[bin]!;
    powers[bin] = square * (bin === 0 || bin === size / 2 ? scale / 2 : scale);
  }
  return powers;
}

type Tables = {
  readonly size: number;
  readonly window: Float64Array;
  readonly windowSquares: number;
  readonly cosines: Float64Array;
  readonly sines: Float64Array;
  readonly reversed: Uint32Array; // bits of the place
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
  readonly powers: Float64Array;
};

const BY_SIZE = new Map<number, Tables>();

function tablesOf(size: number): Tables {
  let tables = BY_SIZE.get(size);
  if (tables === undefined) {
    const bits = Math.log2(size);
    const window = Float64Array.from({ length: size }, (_, i) => (1 - Math.cos((2 * Math.PI * i) / size)) / 2);
    tables = {
      size,
      window,
      windowSquares: window.reduce((sum, weight) => sum + weight * weight, 0),
      cosines: Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size)),
      sines: Float64Array.from({ length: size / 2 }, (_, i) => Math.sin((2 * Math.PI * i) / size)),
      reversed: Uint32Array.from({ length: size }, (_, i) => reverse(i, bits)),
      real: new Float64Array(size),
      imaginary: new Float64Array(size),
      powers: new Float64Array(size / 2 + 1),
    };
    BY_SIZE.set(size, tables);
  }
  return tables;
}

function transform({ size, cosines, sines, real, imaginary }: Tables): void {
  for (let half = 1; half < size; half *= 2) {
    const step = size / (2 * half);
    for (let block = 0; block < size; block += 2 * half) {
      for (let i = 0; i < half; i++) {
        const cosine = cosines[i * step]!;
        const sine = -sines[i * step]!;
        const low = block + i;
        const high = low + half;
        const turnedReal = real[high]! * cosine - imaginary[high]! * sine;
        const turnedImaginary = real[high]! * sine + imaginary[high]! * cosine;
        real[high] = real[low]! - turnedReal;
        imaginary[high] = imaginary[low]! - turnedImaginary;
        real[low] = real[low]! + turnedReal;
        imaginary[low] = imaginary[low]! + turnedImaginary;
      }
    }
  }
}

function reverse(place: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((place >> bit) & 1) << (bits - 1 - bit);
  return reversed;
}
