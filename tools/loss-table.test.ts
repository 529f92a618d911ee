/** The converter's README says what the converter does, and nothing is lost unsaid. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unsaid } from './loss-table/table.ts';
import { readmePath, withTables } from './loss-table.ts';

test('the loss tables are current: node --conditions=source tools/loss-table.ts --write', () => {
  const document = readFileSync(readmePath, 'utf8');
  assert.equal(document, withTables(document));
});

test('only what nobody would miss is lost without a word', () => {
  assert.deepEqual(unsaid(), [
    // Chat Completions never shows reasoning of its own accord.
    'hidden: anthropic-messages client, openai-chat',
    // A client that cannot ask for them does not wait for them.
    'log probabilities: anthropic-messages client, openai-chat',
    'log probabilities: anthropic-messages client, gemini',
    // The answer ends there either way.
    'by a named stop sequence: openai-chat client, anthropic-messages',
    'by a named stop sequence: gemini client, anthropic-messages',
    // They are in the sum.
    'written to the cache: gemini client, anthropic-messages',
    // As above; nor does a Responses upstream show reasoning that nobody asked for.
    'hidden: anthropic-messages client, openai-responses',
    'log probabilities: anthropic-messages client, openai-responses',
    'by a named stop sequence: openai-responses client, anthropic-messages',
    'written to the cache: gemini client, openai-responses',
  ]);
});
