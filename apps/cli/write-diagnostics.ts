import type { Diagnostic } from '../../dsl/diagnostics.ts';
import { renderDiagnostic } from '../../dsl/render-diagnostic.ts';
import { coloursFor, isTerminal } from './terminal.ts';
