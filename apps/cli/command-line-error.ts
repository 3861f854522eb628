/** The command line is wrong (MR70xx): shown with its hint, exit code 2. */
export class CommandLineError extends Error {
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = 'CommandLineError';
    this.code = code;
    this.hint = hint;
  }
}
