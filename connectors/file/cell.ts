import { parseDecimal } from '../../engine/batch/decimal.ts';
import { epochNumberUs, type EpochUnit, parseEpochUs, parseIsoUs } from '../../engine/batch/event-time.ts';
import { isoTime } from '../codecs/output-lines.ts';

/** A value as the file has it: CSV has text only, Parquet alone has points in time. */
export type Cell = string | number | bigint | boolean | null | { readonly us: number };

export type TimeFormat = EpochUnit | 'iso';

/** The number in a cell, as a run would read it; NaN: none. */
export function numberOf(cell: Cell): number {
  if (typeof cell === 'number') return cell;
  if (typeof cell === 'bigint') return Number(cell);
  if (typeof cell !== 'string') return Number.NaN;
  const bytes = Buffer.from(cell);
  return parseDecimal(bytes, 0, bytes.length);
}

/** The time in a cell, as a run would read it; NaN: none. */
export function timeUsOf(cell: Cell, format: TimeFormat): number {
  if (typeof cell === 'object') return cell?.us ?? Number.NaN;
  if (typeof cell === 'string') {
    const bytes = Buffer.from(cell);
    return format === 'iso' ? parseIsoUs(bytes, 0, bytes.length) : epochTextUs(bytes, format);
  }
  if (format === 'iso') return Number.NaN;
  return typeof cell === 'bigint'
    ? epochTextUs(Buffer.from(String(cell)), format)
    : epochNumberUs(numberOf(cell), format);
}

/** What `timeUsOf` reads as this time. */
export function timeCell(us: number, format: TimeFormat): string | number | bigint {
  switch (format) {
    case 'iso':
      return isoTime(us);
    case 's':
      return us / 1_000_000;
    case 'ms':
      return us / 1_000;
    case 'us':
      return us;
    case 'ns':
      return BigInt(us) * 1_000n;
  }
}

/** For people. */
export function textOf(cell: Cell): string {
  return typeof cell === 'object' && cell !== null ? new Date(cell.us / 1000).toISOString() : String(cell ?? '');
}

/** Spreadsheets write `1.372896e9`. */
function epochTextUs(bytes: Buffer, format: EpochUnit): number {
  const us = parseEpochUs(bytes, 0, bytes.length, format);
  return Number.isNaN(us) ? epochNumberUs(parseDecimal(bytes, 0, bytes.length), format) : us;
}
