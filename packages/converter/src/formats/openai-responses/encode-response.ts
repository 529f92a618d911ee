/** A whole answer for a client of this format. */
import type { AnswerContext } from '../../format.ts';
import type { Part } from '../../ir/part.ts';
import type { Candidate, ChatResponse } from '../../ir/response.ts';
import type { JsonObject } from '../../json.ts';
import { listOf } from '../../openai/lenient.ts';
import { calledAs } from './call-forms.ts';
import { closingWords, reportOtherCandidates } from './closing-words.ts';
import {
  callItem,
  callPrefix,
  finalInput,
  imageItem,
  messageItem,
  reasoningItem,
  refusalContent,
  textContent,
} from './encode-items.ts';
import { endedState, responseIdOf, responseObject } from './response-object.ts';

const nothing: Candidate = { parts: [], finish: { reason: 'stop' } };

export function encodeResponse(response: ChatResponse, context: AnswerContext): JsonObject {
  const [{ parts, finish } = nothing, ...others] = response.candidates;
  if (others.length > 0) reportOtherCandidates(context);
  const said = new Set(parts.map(({ type }) => type));
  const output = joinMessages(
    [...parts, ...closingWords(finish, said)].flatMap((part) => itemsOf(part, context)),
  );
  const head = { id: responseIdOf(response.id, context), createdAt: context.nowSeconds(), context };
  return responseObject(head, endedState(head, { finish, output, usage: response.usage }));
}

/** What is said in a row is one message. */
function joinMessages(items: readonly JsonObject[]): readonly JsonObject[] {
  const joined: JsonObject[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    if (item['type'] !== 'message' || last?.['type'] !== 'message') joined.push(item);
    else {
      const content = [...listOf(last['content']), ...listOf(item['content'])];
      joined[joined.length - 1] = { ...last, content };
    }
  }
  return joined;
}

function itemsOf(part: Part, context: AnswerContext): readonly JsonObject[] {
  switch (part.type) {
    case 'text': {
      const message = messageItem(context.newId('msg_'), 'completed', [textContent(part)]);
      return part.seal === undefined
        ? [message]
        : [message, sealItem({ ...part, seal: part.seal }, 'previous', context)];
    }
    case 'refusal':
      return [messageItem(context.newId('msg_'), 'completed', [refusalContent(part.text)])];
    case 'reasoning':
      return [reasoningItem(context.newId('rs_'), { ...part, binding: 'self' }, context)];
    case 'tool-call': {
      const called = calledAs({ ...part, input: finalInput(part) }, context.request);
      const call = callItem(context.newId(callPrefix(called)), 'completed', called);
      return part.seal === undefined
        ? [call]
        : [sealItem({ ...part, seal: part.seal }, 'next', context), call];
    }
    case 'media': {
      const image = imageItem(context.newId('ig_'), part, context);
      return image === undefined ? [] : [image];
    }
    case 'tool-result':
      return [];
  }
}

function sealItem(
  { seal }: Required<Pick<Extract<Part, { readonly type: 'text' }>, 'seal'>>,
  binding: 'next' | 'previous',
  context: AnswerContext,
): JsonObject {
  return reasoningItem(context.newId('rs_'), { text: '', seal, binding }, context);
}
