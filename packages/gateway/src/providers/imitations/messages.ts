/** Messages as an imitation takes them: roles, fields, ids of calls, and who may speak after whom. */
import { isObject, type JsonObject, type JsonValue, type Report } from 'ai-api-converter';
import { digestOf } from '../../lib/digest.ts';
import type { Imitation } from './imitation.ts';
import { listIn } from './list.ts';
import { fitTurns } from './turns.ts';

const features: { readonly [field: string]: string } = {
  name: 'author-name',
  reasoning_content: 'reasoning-history',
  reasoning_details: 'reasoning-signature',
};

export function fitMessages(imitation: Imitation, body: JsonObject, report: Report): JsonObject {
  const messages = listIn(body, 'messages').filter(isObject);
  reportDropped(imitation, messages, report);
  const isReasoning = body['reasoning_effort'] !== 'none';
  const substitute = isReasoning ? imitation.reasoningSubstitute : undefined;
  const each = messages.map((message) => {
    const spoken = withRefusalSaid(withSystemRole(message));
    const named = withFields(imitation, withReasoning(spoken, substitute));
    return withCallIds(named, imitation.callIdLength);
  });
  const fitted = fitTurns(imitation.turns, each, report);
  const isSame =
    fitted.length === messages.length &&
    fitted.every((message, index) => message === messages[index]);
  return isSame ? body : { ...body, messages: fitted };
}

/** Once a field: a long conversation would say the same hundreds of times. */
function reportDropped(
  { message: { dropped } }: Imitation,
  messages: readonly JsonObject[],
  report: Report,
): void {
  for (const field of dropped) {
    const index = messages.findIndex((message) => message[field] !== undefined);
    if (index === -1) continue;
    report({
      feature: features[field] ?? field.replaceAll('_', '-'),
      path: `messages[${index}].${field}`,
      action: 'dropped',
      reason: 'unsupported',
      effect: 'hint',
      detail: `this provider takes no ${field} in messages`,
    });
  }
}

function withSystemRole(message: JsonObject): JsonObject {
  return message['role'] === 'developer' ? { ...message, role: 'system' } : message;
}

/** Only OpenAI knows a refusal from other words. */
function withRefusalSaid(message: JsonObject): JsonObject {
  const { refusal, ...rest } = message;
  if (typeof refusal !== 'string') return message;
  const { content } = rest;
  const text = typeof content === 'string' && content !== '' ? `${content}\n\n${refusal}` : refusal;
  return { ...rest, content: text };
}

function withReasoning(message: JsonObject, substitute: string | undefined): JsonObject {
  if (substitute === undefined || message['role'] !== 'assistant') return message;
  if (message['reasoning_content'] !== undefined) return message;
  return { ...message, reasoning_content: substitute };
}

function withFields({ message: { renamed, dropped } }: Imitation, message: JsonObject): JsonObject {
  const names = Object.keys(message);
  if (!names.some((name) => Object.hasOwn(renamed, name) || dropped.includes(name))) return message;
  const fitted: { [name: string]: JsonValue | undefined } = {};
  for (const [name, value] of Object.entries(message)) {
    if (!dropped.includes(name)) fitted[renamed[name] ?? name] = value;
  }
  return fitted;
}

function withCallIds(message: JsonObject, length: number | undefined): JsonObject {
  if (length === undefined) return message;
  const own = message['tool_call_id'];
  if (typeof own === 'string') {
    const id = callIdOf(own, length);
    return id === own ? message : { ...message, tool_call_id: id };
  }
  const calls = listIn(message, 'tool_calls');
  const renamed = calls.map((call) => {
    if (!isObject(call) || typeof call['id'] !== 'string') return call;
    const id = callIdOf(call['id'], length);
    return id === call['id'] ? call : { ...call, id };
  });
  const isSame = renamed.every((call, index) => call === calls[index]);
  return isSame ? message : { ...message, tool_calls: renamed };
}

/** The same id becomes the same one everywhere, so that results still find their calls. */
function callIdOf(id: string, length: number): string {
  if (id.length === length && /^[a-zA-Z0-9]+$/.test(id)) return id;
  return digestOf(id).replace(/[-_]/g, '0').slice(0, length);
}
