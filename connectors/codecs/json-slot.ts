import type { BatchBuilder } from '../../engine/batch/batch-builder.ts';
import { JSON_VALUE } from './json-scanner.ts';

/** Sets a slot to what JsonScanner found: `kind` and `number`, or what is in bytes[from, to). */
export function setScanned(
  builder: BatchBuilder,
  slot: number,
  kind: number,
  number: number,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  switch (kind) {
    case JSON_VALUE.number:
      return builder.setNumber(slot, number);
    case JSON_VALUE.text:
      return builder.setText(slot, bytes, from, to);
    case JSON_VALUE.true:
      return builder.setValue(slot, true);
    case JSON_VALUE.false:
      return builder.setValue(slot, false);
    case JSON_VALUE.escapedText:
      return builder.setValue(slot, JSON.parse(bytes.toString('utf8', from, to)));
    case JSON_VALUE.bigInteger:
      return builder.setBigInteger(slot, bytes, from, to);
    default:
      builder.setMissing(slot);
  }
}
