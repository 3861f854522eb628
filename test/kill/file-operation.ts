/** A change of the file system, by what is asked of it. */
export type FileOperation = {
  readonly kind: 'create' | 'write' | 'sync' | 'truncate' | 'rename' | 'remove';
  readonly path: string;
};
