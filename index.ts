/** What programs that embed Millrace import: `import { compile, runJob } from 'millrace'`. */
export { createConnectors } from './connectors/index.ts';
export { type CompileInput, type CompileResult, compile } from './dsl/compile.ts';
export type { Diagnostic } from './dsl/diagnostics.ts';
export type { Plan } from './dsl/plan.ts';
export { renderDiagnostic, toJson } from './dsl/render-diagnostic.ts';
export type { Connector, OutputRow, RowBatch, Sink, Source } from './engine/connector.ts';
export { Engine, type EngineOptions } from './engine/engine.ts';
export type { Disk, DiskFile } from './engine/disk.ts';
export { MillraceError } from './engine/errors.ts';
export type { AlertChange } from './engine/operator.ts';
export { NodeDisk } from './engine/runtime/node-disk.ts';
export { ProcessLock } from './engine/runtime/process-lock.ts';
export { type JobOptions, runJob, type Summary } from './engine/runtime/job.ts';
