/** Whether a request is this format's: by its path, its headers, and what only its bodies hold. */
import type { Call, Probe, Recognition } from '../../format.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { filledIn, listOf } from '../../openai/lenient.ts';

/** With and without `/v1`, since clients differ in what they take for the base; doubled by some. */
const generationPath = /^(?:\/openai)?(?:\/v1){0,2}\/responses\/?$/;

const siblingPath = /^(?:\/openai)?(?:\/v1){0,2}\/(?:responses|conversations)(?:\/|$)/;

export function recognize(probe: Probe): Recognition {
  return {
    path: () => (probe.method === 'POST' ? callOf(probe.path) : undefined),
    sibling: () => siblingPath.test(probe.path),
    // Organisation and project are named to every interface of OpenAI's alike.
    header: () => undefined,
    body: () => (probe.body === undefined ? [] : marksOf(probe.body)),
  };
}

function callOf(path: string): Call | undefined {
  return generationPath.test(path) ? {} : undefined;
}

/** What other formats name differently; each of them has one of `messages` and `contents`. */
function marksOf(body: JsonObject): readonly string[] {
  if (body['messages'] !== undefined || body['contents'] !== undefined) return [];
  const { input } = body;
  if (typeof input === 'string') return ['input'];
  if (Array.isArray(input)) return isConversation(body) ? ['input[]'] : [];
  return filledIn(body, 'previous_response_id') === undefined ? [] : ['previous_response_id'];
}

/** Embeddings are asked for with an `input` too, of texts or of tokens. */
function isConversation(body: JsonObject): boolean {
  return listOf(body['input']).every((item) => isObject(item));
}
