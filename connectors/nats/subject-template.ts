import { createHash } from 'node:crypto';
import type { Scalar } from '../../engine/batch.ts';
import { wrongSubject } from './publishing-errors.ts';
import { subjectToken } from './subject-token.ts';

/** The subject of a route with names in braces: `alerts.{site}.{severity}`. */
export class SubjectTemplate {
  readonly address: string;
  /** What the subjects have in common: `alerts.*.*`. */
  readonly pattern: string;
  readonly #parts: readonly (string | { readonly name: string })[];

  /** Errors: MR5120. The first token is fixed, so that no value leads to a subject of the server's own. */
  constructor(address: string) {
    this.address = address;
    this.#parts = partsOf(address);
    this.pattern = address.split('.').map(patternToken).join('.');
    const [first = ''] = address.split('.');
    const literal = address.replaceAll(HOLE, '');
    if (HOLE_IN.test(first)) throw wrongSubject(address, 'it begins with a name');
    if (first.startsWith('$') || first.startsWith('_')) throw wrongSubject(address, `${first} belongs to NATS`);
    if (address.split('.').includes('')) throw wrongSubject(address, 'between its dots something is missing');
    if (/[\s\p{Cc}*>{}]/u.test(literal)) {
      throw wrongSubject(address, 'spaces, `*` and `>` cannot be published to, and braces hold a name');
    }
    if (this.#parts.length > MAX_PARTS || literal.length > MAX_LITERAL) throw wrongSubject(address, 'it is too long');
  }

  /** Those in braces. */
  get names(): readonly string[] {
    return this.#parts.flatMap(part => (typeof part === 'string' ? [] : [part.name]));
  }

  subject(valueOf: (name: string) => Scalar): string {
    let subject = '';
    for (const part of this.#parts)
      subject += typeof part === 'string' ? part : subjectToken(valueOf(part.name), shortHash);
    return subject;
  }
}

/** Sixteen characters that stand for the text. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text, 'utf16le').digest('base64url').slice(0, 16);
}

function partsOf(address: string): (string | { readonly name: string })[] {
  return address
    .split(/(\{\w+\})/u)
    .filter(part => part !== '')
    .map(part => (HOLE_ALONE.test(part) ? { name: part.slice(1, -1) } : part));
}

function patternToken(token: string): string {
  return HOLE_IN.test(token) ? '*' : token;
}

const HOLE = /\{\w+\}/gu;
const HOLE_IN = /\{\w+\}/u;
const HOLE_ALONE = /^\{\w+\}$/u;
const MAX_PARTS = 33; // the line that names a subject is at most 4 KB
const MAX_LITERAL = 512;
