/** Short ways to write requests and to adapt them in tests. */
import type { Part, Seal, TextPart, ToolCallPart, ToolResultPart } from '../../ir/part.ts';
import type { ChatRequest, FunctionTool, Turn } from '../../ir/request.ts';
import type { Loss } from '../../loss.ts';
import type { Capabilities, Restoration } from '../contract.ts';
import { adapt } from '../index.ts';

export const claude45 = { format: 'anthropic-messages', model: 'claude-sonnet-4-5-20250929' };
export const claude46 = { format: 'anthropic-messages', model: 'claude-opus-4-6' };
export const claude5 = { format: 'anthropic-messages', model: 'claude-opus-5' };
export const claude55 = { format: 'anthropic-messages', model: 'claude-sonnet-5-5' };
export const gemini25 = { format: 'gemini', model: 'gemini-2.5-flash' };
export const gemini3 = { format: 'gemini', model: 'gemini-3-flash' };
export const gpt4o = { format: 'openai-chat', model: 'gpt-4o' };
export const gpt5 = { format: 'openai-chat', model: 'gpt-5' };
export const someChat = { format: 'openai-chat', model: 'some-model' };

export function requestOf(differences: Partial<ChatRequest> = {}): ChatRequest {
  return {
    model: 'a-model',
    stream: false,
    streamUsage: true,
    system: [],
    turns: [user('Hello')],
    tools: [],
    sampling: {},
    ...differences,
  };
}

export interface Outcome {
  readonly request: ChatRequest;
  readonly restoration: Restoration;
  readonly losses: readonly Loss[];
  /** Each loss as `feature path action reason effect`. */
  readonly lost: readonly string[];
}

export function adaptFor(
  target: { readonly format: string; readonly model: string },
  differences: Partial<ChatRequest>,
  capabilities?: Partial<Capabilities>,
): Outcome {
  const request = requestOf(differences);
  freeze(request);
  const losses: Loss[] = [];
  const adapted = adapt(request, { ...target, capabilities }, (loss) => losses.push(loss));
  const lost = losses.map(({ feature, path, action, reason, effect }) =>
    [feature, path, action, reason, effect].join(' '),
  );
  return { ...adapted, losses, lost };
}

/** A rule that changed its input would throw. */
function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}

export function text(words: string): TextPart {
  return { type: 'text', text: words };
}

export function user(...parts: readonly (Part | string)[]): Turn {
  return { role: 'user', parts: parts.map(toPart) };
}

export function assistant(...parts: readonly (Part | string)[]): Turn {
  return { role: 'assistant', parts: parts.map(toPart) };
}

export function systemTurn(words: string): Turn {
  return { role: 'system', parts: [text(words)] };
}

function toPart(part: Part | string): Part {
  return typeof part === 'string' ? text(part) : part;
}

export function call(id: string, differences: Partial<ToolCallPart> = {}): ToolCallPart {
  return { type: 'tool-call', id, name: 'look', kind: 'function', input: '{}', ...differences };
}

export function result(
  callId: string,
  words = 'done',
  differences: Partial<ToolResultPart> = {},
): ToolResultPart {
  const content = [text(words)];
  return { type: 'tool-result', callId, name: 'look', isError: false, content, ...differences };
}

export function seal(format: string, model?: string): Seal {
  return { format, kind: 'signature', data: 'c2ln', ...(model !== undefined && { model }) };
}

export function thought(words: string, format?: string): Part {
  return {
    type: 'reasoning',
    text: words,
    ...(format !== undefined && { seal: seal(format) }),
  };
}

export const look: FunctionTool = {
  type: 'function',
  name: 'look',
  schema: { type: 'object', properties: { at: { type: 'string' } } },
};
