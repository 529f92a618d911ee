/** Tools that the client runs and other models know as functions, on the way there and back. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import OpenAI from 'openai';
import { explode } from '../../ir/collect.ts';
import type { Part } from '../../ir/part.ts';
import type { ChatRequest } from '../../ir/request.ts';
import type { JsonObject } from '../../json.ts';
import { encodeStream } from './encode-stream.ts';
import { answerContext, answered, decoded, outputOf, turnsOf } from './testing/client.ts';
import { assertLegal, eventsOf } from './testing/event-order.ts';

const search = { type: 'object', properties: { query: { type: 'string' } } };
const tools: readonly JsonObject[] = [
  { type: 'shell' },
  { type: 'local_shell' },
  { type: 'apply_patch' },
  { type: 'tool_search', execution: 'client', description: 'Finds tools', parameters: search },
  { type: 'namespace', name: 'eyes', tools: [{ type: 'function', name: 'look' }] },
];

const action = { commands: ['ls'], max_output_length: null, timeout_ms: 100 };
const operation = { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+b' };
const exec = {
  type: 'exec',
  command: ['ls', '-a'],
  env: { A: 'b' },
  timeout_ms: null,
  user: null,
  working_directory: '/tmp',
};

/** Items as the client has them, whole. */
const items: readonly JsonObject[] = [
  { type: 'shell_call', call_id: 'a', action, environment: { type: 'local' } },
  { type: 'local_shell_call', call_id: 'b', action: exec },
  { type: 'apply_patch_call', call_id: 'c', operation },
  { type: 'tool_search_call', call_id: 'd', execution: 'client', arguments: { query: 'x' } },
  { type: 'function_call', call_id: 'e', name: 'look', namespace: 'eyes', arguments: '{}' },
];

function callsOf(request: ChatRequest): readonly Part[] {
  return request.turns.flatMap(({ parts }) => parts);
}

function withoutIds(item: JsonObject): JsonObject {
  const { id, status, ...rest } = item;
  assert.ok(typeof id === 'string' && status === 'completed');
  return rest;
}

async function readByLibrary(text: string): Promise<OpenAI.Responses.Response> {
  const headers = { 'content-type': 'text/event-stream' };
  const fetch = (): Promise<Response> => Promise.resolve(new Response(text, { headers }));
  const client = new OpenAI({ apiKey: 'none', maxRetries: 0, fetch });
  return await client.responses.stream({ model: 'gpt-5', input: 'Hi' }).finalResponse();
}

describe('tools that the client runs', () => {
  test('are functions elsewhere', () => {
    const defined = decoded({ tools }).tools.map((tool) =>
      tool.type === 'function' ? [tool.name, tool.schema?.['required']] : [],
    );
    assert.deepEqual(defined, [
      ['shell', ['commands']],
      ['local_shell', ['command']],
      ['apply_patch', ['type', 'path']],
      ['tool_search', undefined],
      ['eyes__look', undefined],
    ]);
  });

  test('are called in the client’s words, and their calls are read again', () => {
    const request = decoded({ tools, input: items });
    const calls = callsOf(request);
    assert.deepEqual(
      calls.map((part) => (part.type === 'tool-call' ? part.name : part.type)),
      ['shell', 'local_shell', 'apply_patch', 'tool_search', 'eyes__look'],
    );
    const output = outputOf(answered(calls, request));
    assert.deepEqual(output.map(withoutIds), items);
    assert.deepEqual(callsOf(decoded({ tools, input: output })), calls);
  });

  test('are called in a stream as OpenAI’s library reads it', async () => {
    const request = decoded({ tools, input: items });
    const encoder = encodeStream(answerContext(request));
    const candidates = [{ parts: callsOf(request), finish: { reason: 'tool-calls' } }] as const;
    let text = '';
    const write = (piece: string): void => void (text += piece);
    explode({ id: 'resp_1', model: 'x', candidates }, (part) => encoder.push(part, write));
    assertLegal(eventsOf(text));
    const { output } = await readByLibrary(text);
    assert.deepEqual(
      output.map(({ type }) => type),
      items.map(({ type }) => type),
    );
    const [shell] = output;
    assert.ok(shell?.type === 'shell_call');
    assert.deepEqual(shell.action, action);
  });

  test('are called with what could be read where a model makes up its own input', () => {
    const request = decoded({ tools });
    const call = { type: 'tool-call', id: 'a', kind: 'function' } as const;
    const inputs = [
      [
        'shell',
        '{"command":"ls"}',
        { commands: ['ls'], max_output_length: null, timeout_ms: null },
      ],
      ['shell', 'ls', { commands: [], max_output_length: null, timeout_ms: null }],
      ['apply_patch', '{"path":"a"}', { type: 'update_file', path: 'a', diff: '' }],
      ['apply_patch', '{"type":"delete_file","path":"a"}', { type: 'delete_file', path: 'a' }],
    ] as const;
    for (const [name, input, expected] of inputs) {
      const [item] = outputOf(answered([{ ...call, name, input }], request));
      assert.deepEqual(item?.['action'] ?? item?.['operation'], expected);
    }
  });

  test('are not meant by a client’s own tool of the same name', () => {
    const own = decoded({ tools: [{ type: 'function', name: 'shell', parameters: search }] });
    const call = { type: 'tool-call', id: 'a', kind: 'function', name: 'shell' } as const;
    const [item] = outputOf(answered([{ ...call, input: '{}' }], own));
    assert.equal(item?.['type'], 'function_call');
  });

  test('say what came of a call', () => {
    const outputs: readonly JsonObject[] = [
      {
        type: 'shell_call_output',
        call_id: 'a',
        output: [
          { stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
          { stdout: '', stderr: 'no', outcome: { type: 'exit', exit_code: 2 } },
          { stdout: 'b', stderr: '', outcome: { type: 'timeout' } },
        ],
      },
      { type: 'local_shell_call_output', id: 'b', output: 'x' },
      { type: 'apply_patch_call_output', call_id: 'c', status: 'failed', output: 'no such file' },
      { type: 'tool_search_output', call_id: 'd', execution: 'client', tools: [tools[0] ?? {}] },
    ];
    const turns = turnsOf([...items.slice(0, 4), ...outputs]);
    const results = turns.at(-1)?.parts.map((part) => {
      if (part.type !== 'tool-result') return [];
      const [text] = part.content;
      return [part.callId, part.isError, text?.type === 'text' ? text.text : ''];
    });
    assert.deepEqual(results, [
      ['a', false, 'a\nno\n[exit code 2]\nb\n[timed out]'],
      ['b', false, 'x'],
      ['c', true, 'no such file'],
      ['d', false, 'No tools were found.'],
    ]);
  });
});
