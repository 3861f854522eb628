/**
 * What the world did wrong: a coded error for users (docs/errors/<code>.md). What we did wrong is an `assert`.
 * 4xxx data at run time · 5xxx connectors · 6xxx state and checkpoints · 7xxx configuration, API, access.
 */
export class MillraceError extends Error {
  /** MR and four digits; `millrace explain CODE` shows its page. */
  readonly code: string;
  /** Whose business it is. */
  readonly domain: 'user' | 'external' | 'internal';
  /** Whether the same may succeed later. */
  readonly retry: 'never' | 'backoff';
  /** What to do. */
  readonly hint: string | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      readonly hint?: string;
      readonly cause?: unknown;
      readonly domain?: 'user' | 'external' | 'internal';
      readonly retry?: 'never' | 'backoff';
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.hint = options.hint;
    this.domain = options.domain ?? 'user';
    this.retry = options.retry ?? 'never';
  }
}

/** Fails where the program itself is wrong. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`MR9001: ${what}`);
}
