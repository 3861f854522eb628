import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** Another commit's engine with this tree's benchmarks, in a folder of its own. */
export type BaseTree = {
  readonly folder: string;
  readonly commit: string;
  /** It was made for other packages than those that are installed here. */
  readonly hasOtherPackages: boolean;
  readonly remove: () => void;
};

/** The commit where this branch left `main`, or that of `ref`; null: it is what is checked out, and nothing is changed. */
export function baseCommit(ref: string | undefined): string | null {
  const commit =
    ref === undefined ? git('merge-base', 'HEAD', mainBranch()) : git('rev-parse', '--verify', `${ref}^{commit}`);
  const isChanged = git('diff', '--name-only', commit, '--', 'dsl', 'engine', 'connectors') !== '';
  return ref === undefined && !isChanged ? null : commit;
}

export function checkOutBase(commit: string): BaseTree {
  const folder = join(mkdtempSync(join(tmpdir(), 'millrace-guard-')), 'base');
  git('worktree', 'add', '--detach', '--quiet', folder, commit);
  const remove = () => {
    git('worktree', 'remove', '--force', folder);
    rmSync(join(folder, '..'), { recursive: true, force: true });
  };
  try {
    rmSync(join(folder, 'benchmarks'), { recursive: true, force: true });
    cpSync(join(root, 'benchmarks'), join(folder, 'benchmarks'), { recursive: true });
    symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'), 'junction');
    const hasOtherPackages = lockfileOf(folder) !== lockfileOf(root);
    return { folder, commit, hasOtherPackages, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

export { root as thisTree };

function mainBranch(): string {
  const branches = git('branch', '--all', '--format=%(refname:short)').split('\n');
  return branches.includes('main') ? 'main' : 'origin/main';
}

function lockfileOf(folder: string): string {
  return readFileSync(join(folder, 'package-lock.json'), 'utf8');
}

function git(...words: readonly string[]): string {
  return execFileSync('git', words, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}
