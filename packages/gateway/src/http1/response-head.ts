/** Reads the head of a response: status, fields, and how long its body is. */
import type { Headers } from '../model/http.ts';
import type { FieldNames } from './field-names.ts';
import { MalformedHttp } from './malformed.ts';

export interface ResponseHead {
  readonly status: number;
  /** Lower-case names; several values of one name are joined with a comma. */
  readonly headers: Headers;
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close';
  /** Of the body, where `framing` is `length`. */
  readonly bytes: number;
  /** The connection may carry another exchange. */
  readonly isReusable: boolean;
  /** How long the server keeps an idle connection, where it says so. */
  readonly idleMs: number;
}

const NO_BODY = new Set([204, 304]);

const CR = 13;
const LF = 10;
const SPACE = 32;
const TAB = 9;
const DELETE = 127;

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/;
const decimal = /^\d{1,15}$/;

/** `text` is the head as latin1, without the empty line at its end. Throws MalformedHttp. */
export function parseResponseHead(text: string, names: FieldNames): ResponseHead {
  const lineEnd = endOfLine(text, 0);
  const match = statusLine.exec(text.slice(0, lineEnd));
  if (match === null) throw new MalformedHttp('not a status line');
  const status = Number(match[2]);
  return understand(status, match[1] === '1', parseFields(text, lineEnd + 2, names));
}

function parseFields(text: string, start: number, names: FieldNames): Headers {
  // A dictionary from the start: V8 would derive a hidden class for every order in which servers send names.
  const headers: { [name: string]: string } = Object.create(null);
  let at = start;
  while (at < text.length) {
    const colon = text.indexOf(':', at);
    if (colon === -1) throw new MalformedHttp('a field without a colon');
    const name = names.lower(text.slice(at, colon));
    const end = endOfLine(text, colon + 1);
    const value = trimmed(text, colon + 1, end);
    const before = headers[name];
    headers[name] = before === undefined ? value : `${before}, ${value}`;
    at = end + 2;
  }
  return headers;
}

/** Where the line ends that `start` lies in; refuses what may not stand in a line. */
function endOfLine(text: string, start: number): number {
  let at = start;
  let code = SPACE;
  for (; at < text.length; at += 1) {
    code = text.charCodeAt(at);
    if ((code < SPACE && code !== TAB) || code === DELETE) break;
  }
  if (at === text.length || (code === CR && text.charCodeAt(at + 1) === LF)) return at;
  throw new MalformedHttp('a control character in the head');
}

function trimmed(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start += 1;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

function understand(status: number, isVersion11: boolean, headers: Headers): ResponseHead {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw new MalformedHttp('a transfer coding other than chunked');
  if (coding !== undefined && length !== undefined)
    throw new MalformedHttp('both chunked and of a given length');
  const bytes = length === undefined ? 0 : lengthOf(length);
  const framing = framingOf(status, headers);
  const isPersistent = isVersion11
    ? !says(headers.connection, 'close')
    : // A coding that this version does not have: whoever sent it may mean another end.
      coding === undefined && says(headers.connection, 'keep-alive');
  return {
    status,
    headers,
    framing,
    bytes,
    isReusable: isPersistent && framing !== 'until-close' && !promisesBody(status, headers),
    idleMs: idleMsOf(headers['keep-alive']),
  };
}

function framingOf(status: number, headers: Headers): ResponseHead['framing'] {
  if (status < 200 || NO_BODY.has(status)) return 'none';
  if (headers['transfer-encoding'] !== undefined) return 'chunked';
  return headers['content-length'] === undefined ? 'until-close' : 'length';
}

/** Where none may be: if it comes all the same, it would be taken for the next response. */
function promisesBody(status: number, headers: Headers): boolean {
  if (status !== 204) return false;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Repeated by a proxy on the way, a length may stand there several times, but only the same one. */
function lengthOf(text: string): number {
  const first = decimal.test(text) ? text : (text.split(',', 1)[0] ?? '').trim();
  if (!decimal.test(first) || (first !== text && isMixed(text, first)))
    throw new MalformedHttp('not a content length');
  return Number(first);
}

function isMixed(text: string, first: string): boolean {
  return text.split(',').some((length) => length.trim() !== first);
}

function says(connection: string | undefined, option: string): boolean {
  if (connection === undefined) return false;
  return connection.split(',').some((listed) => listed.trim().toLowerCase() === option);
}

function idleMsOf(keepAlive: string | undefined): number {
  const seconds = /(?:^|[\s,])timeout\s*=\s*"?(\d{1,9})/i.exec(keepAlive ?? '')?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}
