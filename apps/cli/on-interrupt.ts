import { EXIT, type ExitCode } from './exit-codes.ts';

const GRACE_MS = 1500;

/**
 * Ctrl-C and termination ask the job to stop (state saved, sinks closed); one that has not stopped after the grace
 * time is left behind, after `onLeave`. Further signals change nothing: a terminal sends Ctrl-C to the launcher and to us.
 */
export function onInterrupt({ onLeave = () => {} }: { readonly onLeave?: () => void } = {}): {
  readonly signal: AbortSignal;
  exitCode(): ExitCode | null;
} {
  const controller = new AbortController();
  let exitCode: ExitCode | null = null;
  const stop = (code: ExitCode) => {
    if (exitCode !== null) return;
    exitCode = code;
    controller.abort();
    setTimeout(() => {
      onLeave();
      process.exit(code);
    }, GRACE_MS).unref();
  };
  process.on('SIGINT', () => stop(EXIT.interrupted));
  process.on('SIGTERM', () => stop(EXIT.terminated));
  process.on('SIGHUP', () => stop(EXIT.terminated));
  return { signal: controller.signal, exitCode: () => exitCode };
}
