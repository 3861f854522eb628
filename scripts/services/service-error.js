/** A server that cannot be had: neither found nor installed, or it does not get ready. */
export class ServiceError extends Error {
  /**
   * @param {'missing' | 'not-ready'} kind
   * @param {string} summary one line
   * @param {{ details: readonly string[], advice: readonly string[] }} more what was tried, or the last lines of the log;
   *   what to do
   */
  constructor(kind, summary, { details, advice }) {
    super([summary, ...details.map(line => `  ${line}`), ...advice.map(line => `  to do: ${line}`)].join('\n'));
    this.name = 'ServiceError';
    this.kind = kind;
    this.summary = summary;
    this.details = details;
    this.advice = advice;
  }
}
