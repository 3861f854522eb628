import type { RecoveryStep } from './recovery-step.ts';
import { BARRIERS } from './steps/barriers.ts';
import { CHECKPOINT_FILES } from './steps/checkpoint-files.ts';
import { FILE_SINK } from './steps/file-sink.ts';
import { JOURNAL } from './steps/journal.ts';
import { RESTORING_STATE } from './steps/restoring-state.ts';
import { SHARED_WORK } from './steps/shares.ts';
import { SAVING_KEYS } from './steps/saving-keys.ts';
import { STORED_SERIES } from './steps/stored-series.ts';

/** All recovery steps, by what they are for. */
export const RECOVERY_STEPS: readonly RecoveryStep[] = [
  ...SAVING_KEYS,
  ...RESTORING_STATE,
  ...BARRIERS,
  ...CHECKPOINT_FILES,
  ...FILE_SINK,
  ...STORED_SERIES,
  ...JOURNAL,
  ...SHARED_WORK,
];
