/** Codex CLI, which speaks Responses alone, at work with providers that do not. */
import { describe, it } from 'node:test';
import { agents } from './agents.ts';
import { assertTask } from './assert-task.ts';
import { install } from './install.ts';
import { tryAgent } from './try-agent.ts';

const agent = agents.codex;
const { script, missing } = await install(agent.pin);
const options = { skip: missing ?? false, timeout: 60_000 };
/** It offers a search of the provider's unless it is told not to, and not every model has one. */
const WITHOUT_SEARCH = ['--config', 'web_search="disabled"'];

const trials = [
  {
    name: 'Claude',
    provider: 'anthropic',
    format: 'anthropic-messages',
    model: 'claude-sonnet-4-5',
    reasons: true,
    options: [],
  },
  {
    name: 'a Chat Completions provider',
    provider: 'openai-compatible',
    format: 'openai-chat',
    model: 'some-model',
    reasons: false,
    options: WITHOUT_SEARCH,
  },
  {
    name: 'Gemini 3',
    provider: 'gemini',
    format: 'gemini',
    model: 'gemini-3-pro-preview',
    reasons: true,
    options: [],
  },
  {
    name: 'Gemini 2.5',
    provider: 'gemini',
    format: 'gemini',
    model: 'gemini-2.5-pro',
    reasons: true,
    options: WITHOUT_SEARCH,
  },
] as const;

describe('Codex CLI', () => {
  for (const { name, reasons, ...trial } of trials)
    it(`makes a file, reads it and answers with ${name}`, options, async () => {
      const tried = await tryAgent({ agent, script, ...trial });
      const { clientFormat } = agent;
      assertTask(tried, { clientFormat, format: trial.format, graveLosses: [], reasons });
    });
});
