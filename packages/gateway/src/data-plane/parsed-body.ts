/** A request's body, parsed when somebody asks for it, and no further than it is asked for. */
import { isUtf8 } from 'node:buffer';
import {
  isObject,
  JsonError,
  type JsonObject,
  JsonTooLarge,
  type JsonValue,
  mayHaveChangedNumbers,
  outlineOf,
  parseChecked,
  parseJson,
} from 'ai-api-converter';
import { textOf } from '../lib/bytes.ts';
import { GatewayError } from '../model/errors.ts';
import type { ParsedBody } from '../model/exchange.ts';

/** To parse what is shorter takes less than to find out what need not be. */
const OUTLINED_BYTES_MIN = 8 * 1024;

interface Parsed {
  readonly text: string;
  readonly plain: JsonObject;
}

/**
 * Throws GatewayError, also in what it returns where it was not asked before: for what is no JSON object, or holds more
 * than so many values.
 */
export function parseBody(bytes: Uint8Array, valuesMax: number): ParsedBody {
  if (!isUtf8(bytes)) throw invalidBody('the request body is not valid UTF-8');
  let outline: JsonObject | undefined;
  let known: Parsed | undefined;
  let isChecked = false;
  const parsed = (): Parsed => {
    known ??= parsedFrom(
      bytes,
      isChecked ? parseChecked : (text) => parseJson(text, 'plain', valuesMax),
    );
    return known;
  };
  return {
    outline() {
      if (known !== undefined || bytes.length < OUTLINED_BYTES_MIN) return parsed().plain;
      outline ??= outlined(bytes, valuesMax);
      if (outline === undefined) return parsed().plain;
      isChecked = true;
      return outline;
    },
    plain: () => parsed().plain,
    exact() {
      const { text, plain } = parsed();
      if (!mayHaveChangedNumbers(plain)) return plain;
      return objectOf(() => parseJson(text, 'exact', valuesMax));
    },
    letGo() {
      outline = undefined;
      known = undefined;
    },
  };
}

/** Of what nothing is converted from. */
export function bodyOf(plain: JsonObject): ParsedBody {
  const same = (): JsonObject => plain;
  return { outline: same, plain: same, exact: same, letGo: () => undefined };
}

function parsedFrom(bytes: Uint8Array, parse: (text: string) => JsonValue): Parsed {
  const text = textOf(bytes);
  if (text.trim() === '') throw invalidBody('the request body is empty; send a JSON object');
  return { text, plain: objectOf(() => parse(text)) };
}

/** Undefined: no JSON object, which parsing it as a whole has words for. */
function outlined(bytes: Uint8Array, valuesMax: number): JsonObject | undefined {
  let text = '';
  try {
    const pieces = outlineOf(bytes, valuesMax);
    if (pieces === undefined) return undefined;
    for (const piece of pieces) text += textOf(piece);
  } catch (cause) {
    throw cause instanceof JsonTooLarge ? tooComplex(cause) : cause;
  }
  return objectOf(() => parseChecked(text));
}

function objectOf(parse: () => JsonValue): JsonObject {
  try {
    const value = parse();
    if (isObject(value)) return value;
  } catch (cause) {
    if (cause instanceof JsonTooLarge) throw tooComplex(cause);
    if (!(cause instanceof JsonError)) throw cause;
    throw invalidBody(`the request body is not valid JSON: ${cause.message}`, cause);
  }
  throw invalidBody('the request body must be a JSON object');
}

function tooComplex(cause: JsonTooLarge): GatewayError {
  return new GatewayError(
    'body-too-complex',
    `the request body holds more than ${cause.valuesMax} JSON values, whatever its size; MAX_BODY_VALUES, a setting of the gateway, says how many it takes`,
    { cause },
  );
}

function invalidBody(message: string, cause?: unknown): GatewayError {
  return new GatewayError('body-invalid', message, { cause });
}
