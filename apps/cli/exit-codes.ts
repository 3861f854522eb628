/** What a command's exit code says; documented in docs/command-line.md. */
export const EXIT = {
  ok: 0,
  /** The rule file has errors, a test failed, or `fmt --check` found a file to format. */
  failed: 1,
  /** The command line is wrong: an unknown option, a missing file, a stream that does not exist. */
  usage: 2,
  /** The world got in the way while running: a source that cannot be read, a state folder that is in use. */
  runtime: 3,
  /** Our own fault: MR9001, or a worker that died (MR6020). */
  bug: 4,
  interrupted: 130, // 128 + SIGINT, as shells expect
  terminated: 143, // 128 + SIGTERM
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
