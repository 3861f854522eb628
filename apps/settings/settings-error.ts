import type { Diagnostic } from '../../dsl/diagnostics.ts';
import type { TextOf } from '../../dsl/render-diagnostic.ts';

/** Settings are wrong (MR7004): all that is, each with its place. */
export class SettingsError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  /** Without secrets. */
  readonly textOf: TextOf;

  constructor(diagnostics: readonly Diagnostic[], textOf: TextOf) {
    super(diagnostics[0]!.message);
    this.name = 'SettingsError';
    this.diagnostics = diagnostics;
    this.textOf = textOf;
  }
}
