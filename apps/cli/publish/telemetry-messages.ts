import { valueAt } from '../../../connectors/codecs/json-event.ts';
import type { FileRecord, Unreadable } from '../../../connectors/file/records.ts';
import type { OutgoingMessage } from '../../../connectors/nats/publisher.ts';
import { subjectToken } from '../../../connectors/nats/subject-token.ts';
import { shortHash } from '../../../connectors/nats/subject-template.ts';
import type { Destination } from './destination.ts';
import { pathOf } from './recording.ts';

/** What the user should know of a value that stands in a subject in another form. */
export type EncodedPart = { readonly name: string; readonly value: string; readonly token: string };

/** The messages of records, with ids of this run, or the reason why there is none. */
export class TelemetryMessages {
  readonly #template: Destination['template'];
  readonly #paths: ReadonlyMap<string, readonly (string | number)[]>; // of what the subject names
  readonly #idPrefix: string;
  readonly #maxBytes: number;
  readonly #onEncoded: (part: EncodedPart) => void;
  #count = 0;
  #isEncodedTold = false;

  constructor(options: {
    readonly destination: Destination;
    readonly idPrefix: string;
    readonly maxBytes: number;
    /** Of the first one. */
    readonly onEncoded: (part: EncodedPart) => void;
  }) {
    const { template, stream } = options.destination;
    this.#template = template;
    this.#paths = new Map(template.names.map(name => [name, pathOf(name, stream)]));
    this.#idPrefix = options.idPrefix;
    this.#maxBytes = options.maxBytes;
    this.#onEncoded = options.onEncoded;
  }

  of({ content, json, place }: FileRecord): OutgoingMessage | Unreadable {
    const values = new Map<string, string>();
    for (const [name, path] of this.#paths) {
      const value = valueAt(content, path);
      if (value === undefined || value === null || value === '') return missing(name, 'is missing', { json, place });
      if (typeof value === 'object') return missing(name, 'is an object', { json, place });
      values.set(name, String(value));
    }
    const bytes = Buffer.byteLength(json);
    if (bytes > this.#maxBytes) {
      const reason = `${bytes.toLocaleString('en')} bytes, where a message has at most ${this.#maxBytes.toLocaleString('en')}`;
      return { code: 'MR5125', reason: `${reason} (${place})`, raw: json.slice(0, MAX_RAW_CHARACTERS) };
    }
    if (!this.#isEncodedTold) this.#tellEncoded(values);
    const subject = this.#template.subject(name => values.get(name)!);
    const id = `${this.#idPrefix}${++this.#count}`;
    return { id, subject, payload: json, contentType: 'application/json', key: subject };
  }

  #tellEncoded(values: ReadonlyMap<string, string>): void {
    for (const [name, value] of values) {
      const token = subjectToken(value, shortHash);
      if (token === value) continue;
      this.#isEncodedTold = true;
      return this.#onEncoded({ name, value, token });
    }
  }
}

function missing(name: string, what: string, { json, place }: Pick<FileRecord, 'json' | 'place'>): Unreadable {
  const reason = `${name}, which is a part of the subject, ${what} (${place})`;
  return { code: 'MR5131', reason, raw: json.slice(0, MAX_RAW_CHARACTERS) };
}

const MAX_RAW_CHARACTERS = 1_000;
