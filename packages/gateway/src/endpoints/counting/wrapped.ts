/** Gemini's `generateContentRequest`: the whole request as a member of the one that asks for its tokens. */
import { isObject, type JsonObject, parseJson, stringifyJson } from 'ai-api-converter';
import { bufferOf, textOf } from '../../lib/bytes.ts';
import type { RawRequest } from '../../model/http.ts';

const names = ['generateContentRequest', 'generate_content_request'];

export interface Unwrapping {
  /** Its body is the request itself. */
  readonly raw: RawRequest;
  /** Once the body is read. */
  wasWrapped(): boolean;
}

export function unwrapping(raw: RawRequest, valuesMax: number): Unwrapping {
  let wasWrapped = false;
  return {
    wasWrapped: () => wasWrapped,
    raw: {
      ...raw,
      async readBody(bytesMax) {
        const bytes = await raw.readBody(bytesMax);
        const inner = innerOf(bytes, valuesMax);
        wasWrapped = inner !== undefined;
        return inner === undefined ? bytes : Buffer.from(stringifyJson(inner));
      },
    },
  };
}

function innerOf(bytes: Uint8Array, valuesMax: number): JsonObject | undefined {
  if (!names.some((name) => bufferOf(bytes).includes(name))) return undefined;
  try {
    const body = parseJson(textOf(bytes), 'exact', valuesMax);
    if (!isObject(body)) return undefined;
    const inner = names.map((name) => body[name]).find(isObject);
    if (inner === undefined) return undefined;
    const { model: _model, ...request } = inner;
    return request;
  } catch {
    // Whoever reads the body says what is wrong with it.
    return undefined;
  }
}

/** For the upstream, with the name that it knows the model by. */
export function wrapAgain(body: Uint8Array | string, model: string): string {
  const request = parseJson(typeof body === 'string' ? body : textOf(body), 'exact');
  const name = /^\w+\//.test(model) ? model : `models/${model}`;
  return stringifyJson({
    generateContentRequest: { model: name, ...(isObject(request) ? request : {}) },
  });
}
