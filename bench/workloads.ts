/** What is asked of whom: requests by way, formats and conversation. */
import type { FormatId } from './answers.ts';
import { question } from './conversations.ts';
import { CLIENT_KEY } from './gateway.ts';
import type { LoadRequest } from './load.ts';
import { PEER_KEY } from './peers.ts';
import { type Conversation, models, requestOf } from './requests.ts';
import type { Target, Way } from './target.ts';

export interface Workload {
  readonly name: string;
  readonly way: Way;
  readonly client: FormatId;
  readonly upstream: FormatId;
  readonly stream?: boolean;
  readonly conversation?: Conversation;
}

export const formatNames: Readonly<Record<FormatId, string>> = {
  'openai-chat': 'Chat',
  'openai-responses': 'Responses',
  'anthropic-messages': 'Messages',
  gemini: 'Gemini',
};

/** The question passes as it is, or is converted; the peers are asked what they serve. */
export function comparedWorkloads(ways: readonly Way[]): readonly Workload[] {
  const same = { client: 'openai-chat', upstream: 'openai-chat' } as const;
  const all: readonly Workload[] = [
    { name: 'mock alone', way: 'direct', ...same },
    { name: 'nginx', way: 'nginx', ...same },
    { name: 'Dragoman, Chat → Chat', way: 'dragoman', ...same },
    { ...converted, name: 'Dragoman, Chat → Messages', way: 'dragoman' },
    {
      name: 'Dragoman, Messages → Gemini',
      way: 'dragoman',
      client: 'anthropic-messages',
      upstream: 'gemini',
    },
    { name: 'Portkey, Chat → Chat', way: 'portkey', ...same },
    { ...converted, name: 'Portkey, Chat → Messages', way: 'portkey' },
    { name: 'LiteLLM, Chat → Chat', way: 'litellm', ...same },
    { ...converted, name: 'LiteLLM, Chat → Messages', way: 'litellm' },
  ];
  return all.filter(({ way }) => ways.includes(way));
}

const converted = { client: 'openai-chat', upstream: 'anthropic-messages' } as const;

/** nginx and Dragoman alone, for what takes long. */
export function ownWorkloads(changes: Partial<Workload> = {}): readonly Workload[] {
  return comparedWorkloads(['direct', 'nginx', 'dragoman'])
    .filter(({ upstream }) => upstream !== 'gemini')
    .map((workload) => ({ ...workload, ...changes }));
}

export function requestTo(target: Target, workload: Workload, mockPort: number): LoadRequest {
  const { client, upstream, stream = false, conversation = question } = workload;
  const isSame = client === upstream && upstream === 'openai-chat';
  const model = isSame ? 'gpt-4.1' : models[upstream];
  const { path, body } = requestOf(conversation, { format: client, model, stream });
  return {
    url: `http://127.0.0.1:${target.port}${path}`,
    headers: headersFor(target.way, upstream, mockPort),
    body,
  };
}

type Headers = Readonly<Record<string, string>>;

function headersFor(way: Way, upstream: FormatId, mockPort: number): Headers {
  const authorization = `Bearer ${way === 'litellm' ? PEER_KEY : CLIENT_KEY}`;
  if (way !== 'portkey') return { authorization, user: 'bench' };
  return {
    authorization,
    'x-portkey-provider': upstream === 'openai-chat' ? 'openai' : 'anthropic',
    'x-portkey-custom-host': `http://127.0.0.1:${mockPort}/v1`,
  };
}
