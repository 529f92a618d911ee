import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { writeEnvelope } from '../../envelope.ts';
import { isObject, type JsonObject } from '../../json.ts';
import { joinConversation } from './conversation.ts';
import { decodeRequest } from './decode-request.ts';
import { encodeRequest } from './encode-request.ts';
import { decoded, refusalOf, turnsOf } from './testing/client.ts';
import { createLedger, features } from './testing/upstream.ts';

const asked = { role: 'user', content: 'Hi' };
const call = { type: 'function_call', call_id: 'a', name: 'look', arguments: '{"at":"sky"}' };
const result = { type: 'function_call_output', call_id: 'a', output: 'blue' };
const patch = { type: 'custom_tool_call', call_id: 'b', name: 'apply_patch', input: '*** Begin' };
const patched = { type: 'custom_tool_call_output', call_id: 'b', output: 'Done' };
const hi = { type: 'text', text: 'Hi' } as const;
const lookCall = {
  type: 'tool-call',
  id: 'a',
  name: 'look',
  kind: 'function',
  input: '{"at":"sky"}',
} as const;
const lookResult = {
  type: 'tool-result',
  callId: 'a',
  isError: false,
  content: [{ type: 'text', text: 'blue' }],
} as const;

test('arguments that are an empty list are none', () => {
  const [turn] = turnsOf([{ ...call, arguments: '[]' }]);
  assert.deepEqual(turn?.parts, [{ ...lookCall, input: '{}' }]);
});

describe('turns', () => {
  test('are what one side does in a row', () => {
    const input = [
      { role: 'system', content: 'Be' },
      { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'brief' }] },
      asked,
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'hm' }] },
      {
        role: 'assistant',
        content: [{ type: 'output_text', text: 'Let me see', annotations: [] }],
      },
      call,
      patch,
      result,
      patched,
      { role: 'developer', content: 'Hurry' },
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No' }] },
    ];
    const { system, turns } = decoded({ input, instructions: 'You are' });
    assert.deepEqual(system, [
      { text: 'You are', role: 'system' },
      { text: 'Be', role: 'system' },
      { text: 'brief', role: 'developer' },
    ]);
    assert.deepEqual(turns, [
      { role: 'user', parts: [hi] },
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'Let me see' },
          lookCall,
          { type: 'tool-call', id: 'b', name: 'apply_patch', kind: 'custom', input: '*** Begin' },
        ],
      },
      {
        role: 'user',
        parts: [
          lookResult,
          { ...lookResult, callId: 'b', content: [{ type: 'text', text: 'Done' }] },
        ],
      },
      { role: 'system', parts: [{ type: 'text', text: 'Hurry' }] },
      { role: 'assistant', parts: [{ type: 'refusal', text: 'No' }] },
    ]);
  });

  test('of several rounds of tools stay apart', () => {
    const roles = turnsOf([asked, call, result, patch, patched, asked]).map(({ role }) => role);
    assert.deepEqual(roles, ['user', 'assistant', 'user', 'assistant', 'user', 'user']);
  });

  test('know their places in the client’s words', () => {
    const [said] = decodeRequest({ model: 'a', input: 'Hi' }, {}, () => {}).turns;
    assert.deepEqual([said?.path, said?.parts[0]?.path], ['input', 'input']);
    const { turns } = decodeRequest({ model: 'a', input: [asked, call, result] }, {}, () => {});
    assert.deepEqual(
      turns.map(({ path, parts }) => [path, parts[0]?.path]),
      [
        ['input[0]', 'input[0].content'],
        ['input[1]', 'input[1]'],
        ['input[2]', 'input[2]'],
      ],
    );
  });
});

describe('results of tools', () => {
  test('hold text, pictures and files', () => {
    const output = [
      { type: 'input_text', text: 'see' },
      { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
    ];
    const [, turn] = turnsOf([call, { ...result, output }]);
    const [part] = turn?.parts ?? [];
    assert.ok(part?.type === 'tool-result');
    assert.deepEqual(part.content, [
      { type: 'text', text: 'see' },
      {
        type: 'media',
        media: 'image',
        mimeType: 'image/png',
        source: { type: 'base64', data: 'iVBORw0KGgo=' },
        detail: 'low',
      },
      {
        type: 'media',
        media: 'document',
        mimeType: 'application/pdf',
        source: { type: 'base64', data: 'JVBERi0=' },
        name: 'a.pdf',
      },
    ]);
  });

  test('may be missing or be the object that a client forgot to write out', () => {
    const [, empty] = turnsOf([call, { type: 'function_call_output', call_id: 'a' }]);
    assert.deepEqual(empty?.parts, [{ ...lookResult, content: [] }]);
    const [, object] = turnsOf([call, { ...result, output: { sky: 'blue' } }]);
    const content = [{ type: 'text', text: '{"sky":"blue"}' }] as const;
    assert.deepEqual(object?.parts, [{ ...lookResult, content }]);
  });

  // CLIProxyAPI#4052, CLIProxyAPI#4522, CLIProxyAPI#3283
  test('of a stored conversation come behind the calls that it ended with', () => {
    const next = { model: 'a', previous_response_id: 'resp_1', input: [result] };
    const { turns } = decodeRequest(joinConversation([asked, call], next), {}, () => {});
    assert.deepEqual(
      turns.map(({ role, parts }) => [role, parts[0]?.type]),
      [
        ['user', 'text'],
        ['assistant', 'tool-call'],
        ['user', 'tool-result'],
      ],
    );
  });

  // CLIProxyAPI#2513
  test('of custom tools keep their calls as well', () => {
    const next = { model: 'a', previous_response_id: 'resp_1', input: [patched] };
    const request = decodeRequest(joinConversation([asked, patch], next), {}, () => {});
    const { input } = encodeRequest(request, () => {});
    const types = Array.isArray(input) ? input.filter(isObject).map(({ type }) => type) : [];
    assert.deepEqual(types, ['message', 'custom_tool_call', 'custom_tool_call_output']);
  });

  test('without a call to belong to are refused', () => {
    const refusal = refusalOf({ input: [{ type: 'function_call_output', output: 'x' }] });
    assert.equal(refusal.param, 'input[0].call_id');
  });
});

describe('content', () => {
  test('of any message may be of either side’s types', () => {
    const said = { type: 'output_text', text: 'Hi' };
    assert.deepEqual(turnsOf([{ role: 'user', content: [said] }]), [{ role: 'user', parts: [hi] }]);
    const wrong = [{ role: 'assistant', content: [{ type: 'input_text', text: 'Hi' }] }];
    assert.deepEqual(turnsOf(wrong), [{ role: 'assistant', parts: [hi] }]);
  });

  test('has addresses, sound, and marks of the cache', () => {
    const mark = { mode: 'explicit', ttl: '12h' };
    const content = [
      { type: 'input_text', text: 'Hi', prompt_cache_breakpoint: mark },
      { type: 'input_image', image_url: 'https://a.example/b.png' },
      { type: 'input_file', file_url: 'https://a.example/b.pdf' },
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
    ];
    const [turn] = turnsOf([{ role: 'user', content }]);
    const seen = turn?.parts.map((part) =>
      part.type === 'media' ? [part.media, part.mimeType, part.source.type] : part,
    );
    assert.deepEqual(seen, [
      { ...hi, cache: { ttl: 'long' } },
      ['image', '', 'url'],
      ['document', '', 'url'],
      ['audio', 'audio/mpeg', 'base64'],
    ]);
  });

  test('that only one provider holds is refused, and so is what nobody knows', () => {
    for (const type of ['input_image', 'input_file']) {
      const { code } = refusalOf({ input: [{ ...asked, content: [{ type, file_id: 'file-1' }] }] });
      assert.equal(code, 'unsupported_parameter');
    }
    const odd = refusalOf({ input: [{ ...asked, content: [{ type: 'smell' }] }] });
    assert.equal(odd.param, 'input[0].content[0].type');
    assert.equal(refusalOf({ input: [{ role: 'critic', content: '' }] }).param, 'input[0].role');
  });
});

describe('seals', () => {
  const seal = { format: 'gemini', model: 'gemini-3', kind: 'signature', data: 'c2ln' } as const;
  const sealed = (binding: 'self' | 'next' | 'previous', text?: string): JsonObject => ({
    type: 'reasoning',
    summary: text === undefined ? [] : [{ type: 'summary_text', text }],
    encrypted_content: writeEnvelope({ binding, seal }),
  });

  test('go to what was thought, or to the part beside them', () => {
    const said = { role: 'assistant', content: 'Hi' };
    const input = [sealed('self', 'hm'), said, sealed('previous'), sealed('next'), call];
    assert.deepEqual(turnsOf(input), [
      {
        role: 'assistant',
        parts: [
          { type: 'reasoning', text: 'hm', seal },
          { ...hi, seal },
          { ...lookCall, seal },
        ],
      },
    ]);
  });

  test('of an empty text do not go to another', () => {
    const empty = { role: 'assistant', content: '' };
    const input = [{ role: 'assistant', content: 'Hi' }, empty, sealed('previous')];
    assert.deepEqual(turnsOf(input)[0]?.parts, [hi, { type: 'text', text: '', seal }]);
    assert.deepEqual(turnsOf([sealed('previous')])[0]?.parts, [{ type: 'text', text: '', seal }]);
    assert.deepEqual(turnsOf([empty]), []);
  });

  test('that are damaged or alone are told of', () => {
    const ledger = createLedger();
    const damaged = { ...sealed('self', 'hm'), encrypted_content: 'WyJkZ20xbroken' };
    const turns = turnsOf([damaged, sealed('next'), asked], ledger.report);
    assert.deepEqual(turns[0]?.parts, [{ type: 'reasoning', text: 'hm' }]);
    assert.deepEqual(features(ledger), ['reasoning-signature', 'reasoning-signature']);
  });

  test('of this format’s own provider are kept for it', () => {
    const item = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAA' };
    const [turn] = turnsOf([item, call]);
    const [part] = turn?.parts ?? [];
    assert.ok(part?.type === 'reasoning');
    assert.equal(part.seal?.format, 'openai-responses');
    const ledger = createLedger();
    turnsOf([{ type: 'reasoning', id: 'rs_1', summary: [] }, call], ledger.report);
    assert.deepEqual(features(ledger), ['reasoning-history']);
  });

  test('tell a word on the way from the answer', () => {
    const input = [
      { role: 'assistant', content: 'I look', phase: 'commentary' },
      call,
      result,
      { role: 'assistant', content: 'Blue', phase: 'final_answer' },
    ];
    const body = encodeRequest(decoded({ input }), () => {});
    const items = Array.isArray(body['input']) ? body['input'].filter(isObject) : [];
    assert.deepEqual(
      items.flatMap(({ phase }) => phase ?? []),
      ['commentary', 'final_answer'],
    );
  });
});

describe('items of the provider’s', () => {
  test('are refused where the answer needs them', () => {
    const refused: readonly JsonObject[] = [
      { type: 'item_reference', id: 'msg_1' },
      { id: 'msg_1' },
      { type: 'compaction', encrypted_content: 'x' },
      { type: 'compaction_trigger' },
      { type: 'computer_call_output', call_id: 'a', output: {} },
      { type: 'mcp_approval_response', approval_request_id: 'a', approve: true },
    ];
    for (const item of refused) {
      const { param, code } = refusalOf({ input: [asked, item] });
      assert.deepEqual([param, code], ['input[1]', 'unsupported_parameter']);
    }
  });

  test('are left out of the history, which is told', () => {
    const ledger = createLedger();
    const types = ['web_search_call', 'mcp_call', 'image_generation_call', 'brand_new_call'];
    const items = types.map((type) => ({ type, id: 'x' }));
    assert.equal(turnsOf([asked, ...items], ledger.report).length, 1);
    assert.deepEqual(
      ledger.losses.map(({ effect, reason }) => [effect, reason]),
      [
        ['hint', 'foreign'],
        ['hint', 'foreign'],
        ['answer', 'foreign'],
        ['answer', 'unknown'],
      ],
    );
  });

  test('that are pictures stay', () => {
    const drawn = { type: 'image_generation_call', id: 'ig_1', result: 'iVBORw0KGgo=' };
    const [turn] = turnsOf([drawn]);
    assert.equal(turn?.role, 'assistant');
    assert.equal(turn.parts[0]?.type, 'media');
  });
});
