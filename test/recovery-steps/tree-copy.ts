import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecoveryStep, withoutStep } from './recovery-step.ts';

/** A copy of the working tree, without what git ignores: steps are disabled in it, one at a time. */
export class TreeCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-recovery-steps-'));

  constructor(root: string) {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      cwd: root,
      encoding: 'utf8',
    });
    for (const file of listed.split('\0')) {
      const isThere = file !== '' && existsSync(join(root, file)); // what was just removed is listed too
      if (isThere) cpSync(join(root, file), join(this.folder, file));
    }
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'), 'junction');
  }

  /** The step is disabled until the call that is returned. */
  disable(step: RecoveryStep): () => void {
    const path = join(this.folder, step.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, withoutStep(source, step));
    return () => writeFileSync(path, source);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
