/** The client libraries that are tried, and what does not work with which, each with its reason. */
import type { UpstreamFormat } from './dialects/index.ts';
import type { Feature } from './scenes/feature-ids.ts';

export const libraries = {
  'openai-chat': '`openai`, Chat Completions',
  'openai-responses': '`openai`, Responses',
  anthropic: '`@anthropic-ai/sdk`',
  gemini: '`@google/genai`',
  'python-openai-chat': 'Python `openai`, Chat Completions',
  'python-openai-responses': 'Python `openai`, Responses',
  'python-anthropic': 'Python `anthropic`',
  'python-gemini': 'Python `google-genai`',
  'ai-openai-chat': '`ai` with `@ai-sdk/openai`, chat',
  'ai-openai-responses': '`ai` with `@ai-sdk/openai`, responses',
  'ai-openai-unstored': '`ai` with `@ai-sdk/openai`, responses, `store: false`',
  'ai-anthropic': '`ai` with `@ai-sdk/anthropic`',
  'ai-google': '`ai` with `@ai-sdk/google`',
  'langchain-openai-chat': '`@langchain/openai`, chat',
  'langchain-openai-responses': '`@langchain/openai`, responses',
  'langchain-anthropic': '`@langchain/anthropic`',
  'langchain-google': '`@langchain/google`',
  'agents-responses': '`@openai/agents`',
  'agents-chat': '`@openai/agents`, Chat Completions',
} as const;

export type LibraryId = keyof typeof libraries;

export const libraryIds = Object.keys(libraries) as readonly LibraryId[];

export interface Exception {
  readonly clients: readonly LibraryId[];
  readonly formats: readonly UpstreamFormat[];
  readonly features: readonly Feature[];
  readonly reason: string;
}

const everyFormat = ['anthropic-messages', 'gemini', 'openai-chat', 'openai-responses'] as const;
const sealing = ['anthropic-messages', 'gemini', 'openai-responses'] as const;
const reasoning = ['reasoning', 'streamed reasoning'] as const;
const seals = ['seals return', 'streamed seals return'] as const;

/** The first that fits a cell is its reason. A run that passes where it should not fails as well. */
export const exceptions: readonly Exception[] = [
  {
    clients: ['ai-openai-chat'],
    formats: everyFormat,
    features: reasoning,
    reason: 'The package reads no reasoning in Chat Completions.',
  },
  {
    clients: ['agents-chat'],
    formats: ['openai-chat'],
    features: reasoning,
    reason:
      'The package reads `reasoning` only. A provider of the client’s own format is passed on untouched, and this one writes `reasoning_content`.',
  },
  {
    clients: ['openai-chat', 'python-openai-chat', 'langchain-openai-chat', 'agents-chat'],
    formats: ['openai-responses'],
    features: reasoning,
    reason:
      'OpenAI shows a summary of its reasoning only to who asks for one, and Chat Completions has no field to ask.',
  },
  {
    clients: ['ai-anthropic'],
    formats: ['openai-responses'],
    features: reasoning,
    reason:
      'OpenAI shows a summary of its reasoning only to who asks for one; the package sends `display` with adaptive thinking alone.',
  },
  {
    clients: ['ai-openai-responses'],
    formats: everyFormat,
    features: ['change of vendor'],
    reason:
      'By default the package refers to what was said before, and what OpenAI said OpenAI alone keeps. With `store: false` vendors can be changed within a conversation.',
  },
  {
    clients: ['ai-openai-chat', 'langchain-openai-chat'],
    formats: sealing,
    features: seals,
    reason:
      'The package sends back no field that it does not know. Claude goes on without thinking until the turn ends, Gemini gets the value that skips the validation, OpenAI goes on without its reasoning.',
  },
  {
    clients: ['agents-chat'],
    formats: ['anthropic-messages', 'openai-responses'],
    features: seals,
    reason:
      'The package sends reasoning back as text alone. Claude goes on without thinking until the turn ends, OpenAI without its reasoning.',
  },
  {
    clients: ['agents-chat'],
    formats: ['gemini'],
    features: ['streamed seals return'],
    reason:
      'The package drops unknown fields of streamed calls. Gemini gets the value that skips the validation.',
  },
  {
    clients: ['openai-chat'],
    formats: ['anthropic-messages'],
    features: ['streamed seals return'],
    reason:
      'The accumulator of `.stream()` keeps only the last piece of `reasoning_content`, and Claude takes back unchanged thinking only. It goes on without thinking until the turn ends.',
  },
  {
    clients: ['langchain-anthropic'],
    formats: ['anthropic-messages'],
    features: ['usage'],
    reason: 'The package adds the tokens of `message_start` to those of `message_delta`.',
  },
  {
    clients: ['langchain-anthropic'],
    formats: ['openai-chat', 'openai-responses'],
    features: ['usage'],
    reason:
      'The package reads input tokens from `message_start` only, which is sent before the provider has told them.',
  },
];

export interface Place {
  readonly client: LibraryId;
  readonly format: UpstreamFormat;
  readonly feature: Feature;
}

export function exceptionFor({ client, format, feature }: Place): Exception | undefined {
  return exceptions.find(
    ({ clients, formats, features }) =>
      clients.includes(client) && formats.includes(format) && features.includes(feature),
  );
}
