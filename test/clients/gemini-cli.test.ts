/** Gemini CLI, which speaks Gemini alone, at work with providers that do not. */
import { describe, it } from 'node:test';
import { agents } from './agents.ts';
import { assertTask } from './assert-task.ts';
import { install } from './install.ts';
import { tryAgent } from './try-agent.ts';

const agent = agents.geminiCli;
const { script, missing } = await install(agent.pin);
const options = { skip: missing ?? false, timeout: 60_000 };

/** It always asks for `topP` and `topK`, which not every provider has: `graveLosses`. */
const trials = [
  {
    name: 'Claude',
    provider: 'anthropic',
    format: 'anthropic-messages',
    model: 'claude-sonnet-4-5',
    graveLosses: ['top-k', 'top-p'],
    reasons: true,
  },
  {
    name: 'a Chat Completions provider',
    provider: 'openai-compatible',
    format: 'openai-chat',
    model: 'some-model',
    graveLosses: ['top-k'],
    reasons: false,
  },
  {
    name: 'a Responses provider',
    provider: 'openai',
    format: 'openai-responses',
    model: 'gpt-5-codex',
    graveLosses: ['top-k', 'top-p'],
    reasons: true,
  },
] as const;

describe('Gemini CLI', () => {
  for (const { name, graveLosses, reasons, ...trial } of trials)
    it(`makes a file, reads it and answers with ${name}`, options, async () => {
      const tried = await tryAgent({ agent, script, ...trial });
      const { clientFormat } = agent;
      assertTask(tried, { clientFormat, format: trial.format, graveLosses, reasons });
    });
});
