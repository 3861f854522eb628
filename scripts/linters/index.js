/** What holds the files of `deploy/` to their formats: linters, installed where they are missing. */
export { findHadolint } from './hadolint.js';
