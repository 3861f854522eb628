import { assert } from '../../errors.ts';
import type { Snapshot, SnapshotValue } from '../../operator.ts';
import { readTexts, type TextList } from './text-list.ts';

export type SectionArray = Float64Array | Uint32Array | Int32Array | Uint8Array;

/** What becomes one section of the file. The lengths of a text list are the section behind it. */
export type SectionContent = SectionArray | TextList;

/**
 * A snapshot as JSON and sections. In the JSON an object is an object, and a list always starts with a word:
 * `["list", [..]]`, `["number", "NaN"]`, `["array", section]`, `["texts", section]`.
 */
export type Structure = { readonly root: Json; readonly sections: readonly SectionContent[] };
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** Shorter lists of texts stay in the JSON. */
const MIN_TEXTS = 64;

/** No array is copied. Lists other than of texts are for the small things: they become JSON in one go. */
export function structureOf(snapshot: Snapshot): Structure {
  const sections: SectionContent[] = [];
  return { root: encodeObject(snapshot, sections), sections };
}

/** Fails where the two do not fit together. */
export function snapshotOf(root: unknown, sections: readonly SectionArray[]): Snapshot {
  assert(isObject(root), 'a snapshot is an object');
  return decodeObject(root, sections);
}

/** With loops: the state of thousands of rules has a hundred thousand objects. benchmark: rule-change */
function encodeObject(snapshot: Snapshot, sections: SectionContent[]): Json {
  const json: Record<string, Json> = {};
  for (const name of Object.keys(snapshot)) define(json, name, encode(snapshot[name]!, sections));
  return json;
}

/** Names are the user's, too: `__proto__` is one like others. */
function define<Value>(object: Record<string, Value>, name: string, value: Value): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}

function encode(value: SnapshotValue, sections: SectionContent[]): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return encodeNumber(value);
  if (isSectionArray(value)) return ['array', sections.push(value) - 1];
  if (!isList(value)) return encodeObject(value, sections);
  if (value.length >= MIN_TEXTS && isTextList(value)) return encodeTexts(value, sections);
  return ['list', value.map(item => encode(item, sections))];
}

/** JSON has no NaN, no Infinity and no −0. */
function encodeNumber(value: number): Json {
  if (Object.is(value, -0)) return ['number', '-0'];
  return Number.isFinite(value) ? value : ['number', String(value)];
}

function encodeTexts(texts: readonly string[], sections: SectionContent[]): Json {
  const lengths = new Uint32Array(texts.length);
  const index = sections.push({ texts, lengths }) - 1;
  sections.push(lengths);
  return ['texts', index];
}

function decode(json: unknown, sections: readonly SectionArray[]): SnapshotValue {
  if (json === null || typeof json === 'string' || typeof json === 'boolean' || typeof json === 'number') return json;
  if (isObject(json)) return decodeObject(json, sections);
  assert(Array.isArray(json), 'a value of a snapshot is JSON');
  const [kind, content]: unknown[] = json;
  switch (kind) {
    case 'list':
      assert(Array.isArray(content), 'a list has items');
      return content.map(item => decode(item, sections));
    case 'number':
      return Number(content);
    case 'array':
      return sectionAt(sections, content);
    case 'texts':
      return decodeTexts(sections, Number(content));
    default:
      assert(false, `a value of a snapshot is no ${String(kind)}`);
  }
}

function decodeObject(json: object, sections: readonly SectionArray[]): Snapshot {
  const snapshot: Record<string, SnapshotValue> = {};
  for (const [name, value] of Object.entries(json)) define(snapshot, name, decode(value, sections));
  return snapshot;
}

function decodeTexts(sections: readonly SectionArray[], index: number): string[] {
  const bytes = sectionAt(sections, index);
  const lengths = sectionAt(sections, index + 1);
  assert(bytes instanceof Uint8Array && lengths instanceof Uint32Array, 'texts are bytes and lengths');
  return readTexts(bytes, lengths);
}

function sectionAt(sections: readonly SectionArray[], index: unknown): SectionArray {
  const section = sections[Number(index)];
  assert(section !== undefined, `there is a section ${String(index)}`);
  return section;
}

function isSectionArray(value: SnapshotValue): value is SectionArray {
  return ArrayBuffer.isView(value);
}

function isList(value: Snapshot | readonly SnapshotValue[]): value is readonly SnapshotValue[] {
  return Array.isArray(value);
}

function isTextList(list: readonly SnapshotValue[]): list is readonly string[] {
  return list.every(item => typeof item === 'string');
}

function isObject(json: unknown): json is object {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
