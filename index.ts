/**
 * What programs that embed Millrace import: `import { compile, start } from 'millrace'`. docs/embedding.md is the way in.
 *
 * @packageDocumentation
 */
export type { NatsLogin, NatsOptions, NatsTls } from './connectors/nats/nats-settings.ts';
export type { QuestDbSettings } from './connectors/questdb/settings.ts';
export type { Diagnostic, RelatedPlace, Span } from './dsl/diagnostics.ts';
export {
  ALERT_CHANGES,
  type AlertChangeKind,
  type Field,
  SEVERITIES,
  type Severity,
  type ValueType,
} from './dsl/plan.ts';
export { type Compiled, compile } from './embed/compile.ts';
export type { CustomCodec, CustomConnector, ReadOptions, SinkOutput, SourceMessage } from './embed/custom-connector.ts';
export type { Extensions } from './embed/extensions.ts';
export { type FunctionModule, loadFunctions } from './embed/functions.ts';
export type { ProgramEvent } from './embed/inboxes.ts';
export type { PlanJson } from './embed/plan-json.ts';
export { replay, type ReplayOptions } from './embed/replay.ts';
export type { Rules } from './embed/rule-texts.ts';
export type { Run } from './embed/run.ts';
export { start, type StartOptions } from './embed/start.ts';
export { stateChanges } from './embed/state-changes.ts';
export type { EventIdentity, Rejection, Scalar } from './engine/batch.ts';
export type { OutputRow } from './engine/connector.ts';
export { MillraceError } from './engine/errors.ts';
export type { AlertChange, AlertWord } from './engine/operator.ts';
export type { DecidingEvent, Provenance } from './engine/provenance.ts';
export type { StateLine } from './engine/plan-change/state-lines.ts';
export type { HistoryProgress, HistorySummary } from './engine/runtime/history/replay-history.ts';
export type { Counts } from './engine/runtime/delivery.ts';
export type {
  CheckpointMetrics,
  EventLoopDelay,
  FillMetrics,
  InputMetrics,
  JobMetrics,
  LastCheckpoint,
  RevisionCounts,
  RuleMetrics,
  SinkMetrics,
  StreamMetrics,
  WorkerMetrics,
} from './engine/runtime/metrics/job-metrics.ts';
export type { JobWarning, Summary } from './engine/runtime/job.ts';
export type { CustomFunction, CustomParameter, FunctionType } from './engine/runtime/workers/load-functions.ts';
export type { StateBudgets } from './engine/runtime/state-budget.ts';
