/**
 * The imitations that are known, by host. Each row says where its facts come from. What could not be
 * verified is left as the plain row has it, which also serves vLLM, llama.cpp, LM Studio, NVIDIA NIM,
 * SambaNova, Together and whoever else is not named.
 */
import type { Imitation } from './imitation.ts';

/** Fields of OpenAI's alone. Strict servers refuse them, the others pass over them in silence. */
const openAiOnly = [
  'verbosity',
  'safety_identifier',
  'prompt_cache_key',
  'service_tier',
  'web_search_options',
] as const;

/**
 * Ollama reads `max_tokens` alone (its openai/openai.go), NIM refuses unknown fields (NVIDIA/garak#748,
 * 2024-06), most others ignore them. Nobody needs the role `developer`, and many refuse it.
 */
const plain: Imitation = {
  hosts: [],
  renamed: { max_completion_tokens: 'max_tokens' },
  dropped: openAiOnly,
  message: { renamed: {}, dropped: [] },
  efforts: ['low', 'medium', 'high'],
  reasoningOff: { reasoning_effort: 'none' },
  schema: 'native',
  turns: 'free',
};

const thinkingOff = { thinking: { type: 'disabled' } } as const;

function without(...kept: readonly string[]): readonly string[] {
  return openAiOnly.filter((field) => !kept.includes(field));
}

const rows: readonly Imitation[] = [
  {
    // Roles, no json_schema: its errors (earendil-works/pi#1048, 2026-01; llm-exe/llm-exe#662, 2026-07).
    // Efforts, `thinking`, max_tokens: vercel/ai packages/deepseek, 2026-08. Reasoning must come back
    // with every message of the assistant, empty is refused, a space is not (NousResearch/hermes-agent
    // #15228 and #17341, 2026-04). Recorded traffic: it takes stream_options, seed, n and user.
    ...plain,
    hosts: ['deepseek.com'],
    efforts: ['low', 'medium', 'high', 'xhigh', 'max'],
    reasoningOff: thinkingOff,
    schema: 'asked',
    reasoningSubstitute: ' ',
  },
  {
    // console.groq.com/docs/openai: 400 for logprobs, logit_bias, top_logprobs, messages[].name, n other
    // than 1. Unknown fields are refused: verbosity (CherryHQ/cherry-studio#11435, 2025-11),
    // prompt_cache_key (eigent-ai/eigent#1827, 2026-07), reasoning_content (janhq/jan#8136, 2026-05);
    // its own `reasoning` is refused by models that do not reason (vercel/ai#8057, 2025-08).
    // stream_options are taken (withceleste/celeste-python#351, 2026-08). The rest: groq-python, 2026-08.
    ...plain,
    hosts: ['groq.com'],
    renamed: { safety_identifier: 'user' },
    dropped: [...without('safety_identifier'), 'logprobs', 'top_logprobs', 'logit_bias', 'n'],
    message: { renamed: {}, dropped: ['name', 'reasoning_content', 'reasoning_details'] },
  },
  {
    // Fields and roles: mistralai/client-python, 2026-06. Anything else is a 422 (editor-code-assistant/
    // eca#315, 2026-02; charmbracelet/crush#1590, 2025-12), a user's name too (Gage-Technologies/
    // mistral-go#2). Ids of calls: nearai/ironclaw#1241, 2026-03. Order: code 3230 (datapizza-labs/
    // datapizza-ai#98, 2025-12; zed-industries/zed#37021, 2026-04). Streams end with usage unasked.
    ...plain,
    hosts: ['mistral.ai'],
    renamed: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
    dropped: [
      ...without('prompt_cache_key'),
      'stream_options',
      'logprobs',
      'top_logprobs',
      'logit_bias',
    ],
    message: { renamed: {}, dropped: ['name', 'reasoning_content', 'reasoning_details'] },
    efforts: ['minimal', 'low', 'medium', 'high', 'xhigh'],
    callIdLength: 9,
    turns: 'user-after-assistant',
  },
  {
    // Penalties: refused by every model (miaoxworld/NativeTavern#83, 2026-09); stop: BerriAI/litellm
    // #12635; neither is sent by vercel/ai packages/xai, 2026-08, which uses max_completion_tokens and
    // these efforts. Recorded traffic: it takes stream_options and parallel_tool_calls.
    ...plain,
    hosts: ['x.ai'],
    renamed: {},
    dropped: [...openAiOnly, 'stop', 'presence_penalty', 'frequency_penalty'],
  },
  {
    // openrouter.ai/docs: all efforts, `user`; parameters that a model lacks are left out for it.
    // Recorded traffic: it takes max_completion_tokens, stream_options, seed and parallel_tool_calls.
    ...plain,
    hosts: ['openrouter.ai'],
    renamed: { safety_identifier: 'user' },
    dropped: [],
    efforts: ['minimal', 'low', 'medium', 'high', 'xhigh', 'max'],
  },
  {
    // Fields and efforts: cerebras-cloud-sdk-python, 2026-01; no `developer`: inference-docs.cerebras.ai/
    // resources/openai. reasoning_content is refused, `reasoning` taken, max_completion_tokens canonical
    // (QwenLM/qwen-code#11045, 2026-09; zerx-lab/zap#25, 2026-05; cline/cline#13435, 2026-08).
    ...plain,
    hosts: ['cerebras.ai'],
    renamed: { safety_identifier: 'user' },
    dropped: without('safety_identifier'),
    message: { renamed: { reasoning_content: 'reasoning' }, dropped: ['reasoning_details'] },
  },
  {
    // "user or tool message(s) should alternate with assistant message(s)" (anomalyco/opencode#9416,
    // 2026-01); "custom stop words are not implemented" (danny-avila/LibreChat#1910); no seed, no
    // effort: vercel/ai packages/perplexity, 2026-08. Web search is what it does.
    ...plain,
    hosts: ['perplexity.ai'],
    dropped: [...without('web_search_options'), 'stop', 'seed', 'reasoning_effort'],
    turns: 'alternating',
  },
  {
    // max_tokens, efforts, `thinking`, prompt_cache_key, safety_identifier: vercel/ai packages/moonshotai,
    // 2026-08. max_completion_tokens is not heeded (MoonshotAI/Kimi-K2#67). Reasoning must come back with
    // tool calls; empty counts as missing, a space does not (theopenco/llmgateway#2093, 2026-04), with
    // some models with every message (MoonshotAI/kimi-cli#2498, 2026-07).
    ...plain,
    hosts: ['moonshot.ai', 'moonshot.cn'],
    dropped: without('prompt_cache_key', 'safety_identifier'),
    efforts: ['low', 'high', 'max'],
    reasoningOff: thinkingOff,
    reasoningSubstitute: ' ',
  },
  {
    // docs.bigmodel.cn/api-reference, read 2026-11: four roles, `thinking`, and of the efforts these
    // three for every model that has any. Recorded traffic: it takes stream_options.
    ...plain,
    hosts: ['z.ai', 'bigmodel.cn'],
    efforts: ['low', 'high', 'max'],
    reasoningOff: thinkingOff,
  },
  {
    // Roles: proma-ai/Proma#1496, 2026-08. max_tokens, enable_thinking instead of efforts, no
    // frequency_penalty: vercel/ai packages/alibaba, 2026-08.
    ...plain,
    hosts: ['aliyuncs.com'],
    dropped: [...openAiOnly, 'frequency_penalty'],
    efforts: [],
    reasoningOff: { enable_thinking: false },
    reasoningOn: { enable_thinking: true },
  },
  {
    // Openly strict ("Extra inputs are not permitted", web-infra-dev/midscene#1322, 2025-10); knows
    // prompt_cache_key and three efforts: vercel/ai packages/fireworks, 2026-08.
    ...plain,
    hosts: ['fireworks.ai'],
    dropped: without('prompt_cache_key'),
  },
  {
    // The hosted Ollama: `reasoning` in messages, as openai/openai.go has it.
    ...plain,
    hosts: ['ollama.com'],
    message: { renamed: { reasoning_content: 'reasoning' }, dropped: [] },
  },
];

/** OpenAI and Azure under the wrong provider: nothing is imitated there. */
const originals = ['openai.com', 'azure.com'];

/** OpenAI's own models behind some proxy, which passes on what it is given. */
const originalModel = /^(?:.*\/)?(?:gpt-(?!oss)|chatgpt-|o\d)/;

/** Undefined: it is no imitation. */
export function imitationOf(host: string, model: unknown): Imitation | undefined {
  const isAt = (suffix: string): boolean => host === suffix || host.endsWith(`.${suffix}`);
  if (originals.some(isAt)) return undefined;
  const known = rows.find(({ hosts }) => hosts.some(isAt));
  if (known !== undefined) return known;
  return typeof model === 'string' && originalModel.test(model) ? undefined : plain;
}
