import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StreamPart } from '../../ir/stream.ts';
import type { JsonObject, JsonValue } from '../../json.ts';
import { checkOrder } from '../../testing/check-order.ts';
import { callDelta, chunk, createLedger, decodedStream, features } from './testing/exchange.ts';

const DONE = '[DONE]';
const place = { candidate: 0, index: 0 } as const;
const stopped: StreamPart = {
  type: 'finish',
  candidate: 0,
  finish: { reason: 'stop', raw: 'stop' },
};

function stop(finish_reason = 'stop'): JsonObject {
  return chunk({}, { finish_reason });
}

function check(chunks: readonly JsonValue[], due: readonly StreamPart[]): void {
  const { parts, middle } = decodedStream(chunks);
  assert.equal(checkOrder(parts), undefined);
  assert.deepEqual(middle, due);
}

function callParts(call: { index: number; id: string; name: string; input: string }): StreamPart[] {
  const { index, id, name, input } = call;
  return [
    { type: 'tool-call-start', candidate: 0, index, id, name, kind: 'function' },
    { type: 'tool-call-delta', candidate: 0, index, input },
  ];
}

function callEnd(index: number): StreamPart {
  return { type: 'tool-call-end', candidate: 0, index };
}

const called: StreamPart = {
  type: 'finish',
  candidate: 0,
  finish: { reason: 'tool-calls', raw: 'tool_calls' },
};

test('text runs from its start to its end, and usage comes last', () => {
  const usage = { prompt_tokens: 4, completion_tokens: 2, total_tokens: 6 };
  const { parts } = decodedStream([
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Hel' }),
    chunk({ content: 'lo' }),
    stop(),
    { id: 'chatcmpl-1', choices: [], usage },
    DONE,
  ]);
  assert.deepEqual(parts, [
    { type: 'message-start', id: 'chatcmpl-1', model: 'gpt-5' },
    { type: 'text-start', ...place },
    { type: 'text-delta', ...place, text: 'Hel' },
    { type: 'text-delta', ...place, text: 'lo' },
    { type: 'text-end', ...place },
    stopped,
    { type: 'message-end', usage: { fresh: 4, text: 2 } },
  ]);
});

test('litellm#29600: reasoning that comes first opens a part of its own', () => {
  check(
    [chunk({ reasoning_content: 'hm' }), chunk({ content: 'Hi' }), stop()],
    [
      { type: 'reasoning-start', ...place },
      { type: 'reasoning-delta', ...place, text: 'hm' },
      { type: 'reasoning-end', ...place },
      { type: 'text-start', candidate: 0, index: 1 },
      { type: 'text-delta', candidate: 0, index: 1, text: 'Hi' },
      { type: 'text-end', candidate: 0, index: 1 },
      stopped,
    ],
  );
});

test('litellm#13834: reasoning after text is another part', () => {
  const { middle } = decodedStream([
    chunk({ reasoning: 'a' }),
    chunk({ content: 'b' }),
    chunk({ reasoning: 'c' }),
    stop(),
    DONE,
  ]);
  const starts = middle.filter(({ type }) => type.endsWith('-start')).map(({ type }) => type);
  assert.deepEqual(starts, ['reasoning-start', 'text-start', 'reasoning-start']);
});

test('OpenRouter says reasoning twice and it is read once; its seal ends the part', () => {
  const entry = { type: 'reasoning.text', format: 'anthropic-claude-v1', index: 0 };
  const { middle } = decodedStream([
    chunk({ reasoning: 'hm', reasoning_details: [{ ...entry, text: 'hm' }] }),
    chunk({ reasoning_details: [{ ...entry, signature: 's' }] }),
    chunk({ reasoning: 'so', reasoning_details: [{ ...entry, index: 1, text: 'so' }] }),
    chunk({ reasoning_details: [{ ...entry, type: 'reasoning.encrypted', data: 'd' }] }),
    stop(),
    DONE,
  ]);
  const kinds = middle.map((part) => {
    if (part.type === 'reasoning-delta') return part.text;
    return part.type === 'reasoning-end' ? (part.seal?.kind ?? 'bare') : part.type;
  });
  assert.deepEqual(kinds, [
    'reasoning-start',
    'hm',
    'signature',
    'reasoning-start',
    'so',
    'bare',
    'reasoning-start',
    'redacted',
    'finish',
  ]);
});

test('a refusal is a part of its own', () => {
  check(
    [chunk({ refusal: 'No' }), stop()],
    [
      { type: 'refusal-start', ...place },
      { type: 'refusal-delta', ...place, text: 'No' },
      { type: 'refusal-end', ...place },
      stopped,
    ],
  );
});

describe('tool calls', () => {
  const first = { index: 0, id: 'a', name: 'look', input: '{"at":1}' };
  const second = { index: 1, id: 'b', name: 'hear', input: '{}' };
  const both = [...callParts(first), ...callParts(second), callEnd(0), callEnd(1), called];

  function begin(call: JsonObject, name: string, input = ''): JsonObject {
    return callDelta({ ...call, type: 'function', function: { name, arguments: input } });
  }

  function more(call: JsonObject, input: string): JsonObject {
    return callDelta({ ...call, function: { arguments: input } });
  }

  test('bifrost#3441: several are several parts', () => {
    const chunks = [
      chunk(begin({ index: 0, id: 'a' }, 'look')),
      chunk(more({ index: 0 }, '{"at":1}')),
      chunk(begin({ index: 1, id: 'b' }, 'hear')),
      chunk(more({ index: 1 }, '{}')),
      stop('tool_calls'),
    ];
    check(chunks, both);
  });

  test('that interleave are told apart', () => {
    const chunks = [
      chunk(begin({ index: 0, id: 'a' }, 'look')),
      chunk(begin({ index: 1, id: 'b' }, 'hear')),
      chunk(more({ index: 0 }, '{"at"')),
      chunk(more({ index: 1 }, '{}')),
      chunk(more({ index: 0 }, ':1}')),
      stop('tool_calls'),
      DONE,
    ];
    const { parts, middle } = decodedStream(chunks);
    assert.equal(checkOrder(parts), undefined);
    const input = (index: number): string =>
      middle
        .filter((part) => part.type === 'tool-call-delta' && part.index === index)
        .map((part) => (part.type === 'tool-call-delta' ? part.input : ''))
        .join('');
    assert.deepEqual([input(0), input(1)], ['{"at":1}', '{}']);
  });

  const dialects: readonly (readonly [string, readonly JsonObject[]])[] = [
    [
      'without an index, whole (Mistral)',
      [
        {
          tool_calls: [
            { id: 'a', function: { name: 'look', arguments: '{"at":1}' } },
            { id: 'b', function: { name: 'hear', arguments: '{}' } },
          ],
        },
      ],
    ],
    [
      'without an index, in pieces',
      [
        begin({ id: 'a' }, 'look'),
        more({}, '{"at":1}'),
        begin({ id: 'b' }, 'hear'),
        more({ id: 'b' }, '{}'),
      ],
    ],
    [
      'all with one index',
      [
        begin({ index: 0, id: 'a' }, 'look', '{"at":1}'),
        begin({ index: 0, id: 'b' }, 'hear', '{}'),
      ],
    ],
    [
      'with everything repeated in each piece',
      [
        begin({ index: 0, id: 'a' }, 'look'),
        begin({ index: 0, id: 'a' }, 'look', '{"at":1}'),
        begin({ index: 1, id: 'b' }, 'hear', '{}'),
      ],
    ],
    [
      'CLIProxyAPI#2926: with id and name apart',
      [
        callDelta({ index: 0, id: 'a', type: 'function', function: {} }),
        begin({ index: 0 }, 'look'),
        more({ index: 0, id: '' }, '{"at":1}'),
        begin({ index: 1 }, 'hear'),
        more({ index: 1, id: 'b' }, '{}'),
      ],
    ],
    [
      'with an object or null for arguments',
      [
        callDelta({ index: 0, id: 'a', function: { name: 'look', arguments: null } }),
        callDelta({ index: 0, function: { arguments: { at: 1 } } }),
        begin({ index: 1, id: 'b' }, 'hear', '{}'),
      ],
    ],
  ];
  for (const [name, deltas] of dialects) {
    test(name, () => {
      check([...deltas.map((delta) => chunk(delta)), stop('tool_calls'), DONE], both);
    });
  }

  test('with input before the name wait for it', () => {
    const chunks = [
      chunk(more({ index: 0, id: 'a' }, '{"at"')),
      chunk(begin({ index: 0 }, 'look', ':1}')),
      stop('tool_calls'),
    ];
    check(chunks, [...callParts(first), callEnd(0), called]);
  });

  test('without ids get the same ones every time', () => {
    const chunks = [
      chunk({
        tool_calls: [
          { id: '', type: 'function', function: { name: 'look', arguments: '{}' } },
          { id: '', type: 'function', function: { name: 'look', arguments: '{}' } },
        ],
      }),
      stop(),
    ];
    const idsOf = (): readonly string[] =>
      decodedStream(chunks).middle.flatMap((part) =>
        part.type === 'tool-call-start' ? [part.id] : [],
      );
    const ids = idsOf();
    assert.equal(new Set(ids).size, 2);
    assert.deepEqual(idsOf(), ids);
  });

  test('CLIProxyAPI#874: make the finish theirs whatever the upstream says', () => {
    const chunks = [
      chunk(begin({ index: 0, id: 'a' }, 'look', '{}')),
      chunk({ content: '' }),
      stop(),
    ];
    assert.deepEqual(decodedStream([...chunks, DONE]).middle.at(-1), {
      type: 'finish',
      candidate: 0,
      finish: { reason: 'tool-calls', raw: 'stop' },
    });
  });

  test('that come after the finish (Together) still count', () => {
    const chunks = [
      chunk(begin({ index: 0, id: 'a' }, 'look', '{"at":1}')),
      stop('tool_calls'),
      chunk(begin({ index: 1, id: 'b' }, 'hear', '{}')),
      DONE,
    ];
    check(chunks, [...callParts(first), callEnd(0), ...callParts(second), callEnd(1), called]);
  });

  test('end when real text follows, and not for blanks', () => {
    const { middle } = decodedStream([
      chunk(begin({ index: 0, id: 'a' }, 'look', '{"at"')),
      chunk({ content: '\n' }),
      chunk(more({ index: 0 }, ':1}')),
      chunk({ content: 'Done' }),
      stop('tool_calls'),
    ]);
    const types = middle.map(({ type }) => type);
    assert.deepEqual(types, [
      'tool-call-start',
      'tool-call-delta',
      'tool-call-delta',
      'tool-call-end',
      'text-start',
      'text-delta',
      'text-end',
      'finish',
    ]);
  });

  test('of free text, and the deprecated one', () => {
    const custom = { index: 0, id: 'a', type: 'custom', custom: { name: 'run', input: '' } };
    const { middle } = decodedStream([
      chunk(callDelta(custom)),
      chunk(callDelta({ index: 0, custom: { input: 'ls' } })),
      stop('tool_calls'),
    ]);
    assert.deepEqual(middle.slice(0, 2), [
      { type: 'tool-call-start', ...place, id: 'a', name: 'run', kind: 'custom' },
      { type: 'tool-call-delta', ...place, input: 'ls' },
    ]);
    const legacy = decodedStream([
      chunk({ function_call: { name: 'look', arguments: '' } }),
      chunk({ function_call: { arguments: '{}' } }),
      stop('function_call'),
    ]);
    assert.deepEqual(
      legacy.middle.map(({ type }) => type),
      ['tool-call-start', 'tool-call-delta', 'tool-call-end', 'finish'],
    );
  });

  test('without a name are lost with a report', () => {
    const ledger = createLedger();
    decodedStream([chunk(more({ index: 0, id: 'a' }, '{}')), stop()], ledger.report);
    assert.deepEqual(features(ledger), ['tool-call']);
  });

  test('input that comes too late is lost with a report', () => {
    const ledger = createLedger();
    const chunks = [
      chunk(begin({ index: 0, id: 'a' }, 'look', '{')),
      chunk({ content: 'Done' }),
      chunk(more({ index: 0 }, '}')),
      stop(),
    ];
    const { parts } = decodedStream(chunks, ledger.report);
    assert.equal(checkOrder(parts), undefined);
    assert.deepEqual(features(ledger), ['tool-call-input']);
  });
});

describe('servers', () => {
  test('may send whole messages, or text as completions had it', () => {
    const message = { role: 'assistant', content: 'Hi' };
    const due: readonly StreamPart[] = [
      { type: 'text-start', ...place },
      { type: 'text-delta', ...place, text: 'Hi' },
      { type: 'text-end', ...place },
      stopped,
    ];
    check([{ id: 'a', choices: [{ message, finish_reason: 'stop' }] }], due);
    check([{ id: 'a', choices: [{ text: 'Hi', finish_reason: 'stop' }] }], due);
  });

  test('Azure begins with its filters, which are no answer yet', () => {
    const { parts } = decodedStream([
      { id: '', model: '', choices: [], prompt_filter_results: [] },
      chunk({ content: 'Hi' }),
      stop(),
      DONE,
    ]);
    assert.deepEqual(parts[0], { type: 'message-start', id: 'chatcmpl-1', model: 'gpt-5' });
  });

  test('may leave out the id', () => {
    const choices = [{ delta: { content: 'Hi' }, finish_reason: 'stop' }];
    const [start] = decodedStream([{ choices }, DONE]).parts;
    assert.deepEqual(start, { type: 'message-start', id: '', model: '' });
  });

  test('may name the stop sequence that was met', () => {
    const finish = { reason: 'stop-sequence', raw: 'stop', stopSequence: 'END' };
    for (const extra of [{ stop_reason: 'END' }, { matched_stop: 'END' }]) {
      const chunks = [chunk({ content: 'Hi' }), chunk({}, { finish_reason: 'stop', ...extra })];
      assert.deepEqual(decodedStream(chunks).middle.at(-1), {
        type: 'finish',
        candidate: 0,
        finish,
      });
    }
    const byToken = chunk({ content: 'Hi' }, { finish_reason: 'stop', matched_stop: 151645 });
    assert.deepEqual(decodedStream([byToken]).middle.at(-1), stopped);
  });

  test('send several candidates in any order', () => {
    const { parts } = decodedStream([
      chunk({ content: 'b' }, { index: 1 }),
      chunk({ content: 'a' }),
      chunk({}, { index: 1, finish_reason: 'length' }),
      stop(),
      DONE,
    ]);
    assert.equal(checkOrder(parts), undefined);
    const finishes = parts.filter(({ type }) => type === 'finish');
    assert.deepEqual(finishes, [
      stopped,
      { type: 'finish', candidate: 1, finish: { reason: 'length', raw: 'length' } },
    ]);
  });

  test('cite at the end of the text', () => {
    const annotation = (url: string): JsonObject => ({
      type: 'url_citation',
      url_citation: { url, title: '', start_index: 0, end_index: 2 },
    });
    const { middle } = decodedStream([
      chunk({ content: 'Hi' }),
      chunk({ content: '', annotations: [annotation('https://a.org')] }),
      chunk({ annotations: [annotation('https://b.org')] }),
      stop(),
      DONE,
    ]);
    assert.deepEqual(middle.at(-2), {
      type: 'text-end',
      ...place,
      citations: [
        { url: 'https://a.org', start: 0, end: 2 },
        { url: 'https://b.org', start: 0, end: 2 },
      ],
    });
  });

  test('give probabilities with the text', () => {
    const token = { token: 'Hi', logprob: -1, bytes: null, top_logprobs: [] };
    const logprobs = { content: [token], refusal: null };
    const { middle } = decodedStream([chunk({ content: 'Hi' }, { logprobs }), stop(), DONE]);
    assert.deepEqual(middle[1], {
      type: 'text-delta',
      ...place,
      text: 'Hi',
      logprobs: [{ token: 'Hi', logprob: -1, top: [] }],
    });
  });
});

describe('usage', () => {
  const counted = { prompt_tokens: 4, completion_tokens: 2 };
  const due = { type: 'message-end', usage: { fresh: 4, text: 2 } };
  const places: readonly (readonly [string, readonly JsonValue[]])[] = [
    ['in the finish chunk', [chunk({}, { finish_reason: 'stop', usage: counted }), DONE]],
    ['after it (CLIProxyAPI#2531)', [stop(), { id: 'a', choices: [], usage: counted }, DONE]],
    ['after it, without an end mark', [stop(), { id: 'a', choices: [], usage: counted }]],
    ['beside Groq’s own data', [stop(), { id: 'a', choices: [], x_groq: { usage: counted } }]],
    [
      'followed by zeros or nulls',
      [
        chunk({}, { finish_reason: 'stop', usage: counted }),
        { id: 'a', choices: [], usage: { prompt_tokens: 0, completion_tokens: 0 } },
        { id: 'a', choices: [], usage: { prompt_tokens: null, completion_tokens: null } },
      ],
    ],
  ];
  for (const [name, chunks] of places) {
    test(name, () => {
      const { parts } = decodedStream([chunk({ content: 'Hi' }), ...chunks]);
      assert.deepEqual(parts.at(-1), due);
    });
  }
});

describe('the end', () => {
  test('CLIProxyAPI#5310: an end mark without a finish is a good end', () => {
    const call = { index: 0, id: 'a', function: { name: 'look', arguments: '{}' } };
    const { parts } = decodedStream([chunk(callDelta(call)), DONE]);
    assert.equal(checkOrder(parts), undefined);
    const finish = { reason: 'tool-calls' };
    assert.deepEqual(parts.at(-2), { type: 'finish', candidate: 0, finish });
    assert.equal(parts.at(-1)?.type, 'message-end');
  });

  test('a finish without an end mark is a good end', () => {
    assert.deepEqual(decodedStream([chunk({ content: 'Hi' }), stop()]).parts.at(-1), {
      type: 'message-end',
    });
  });

  test('neither is a cut, of one candidate too', () => {
    const cut = decodedStream([chunk({ content: 'Hi' })]).parts;
    assert.equal(checkOrder(cut), undefined);
    assert.deepEqual(
      cut.slice(-2).map(({ type }) => type),
      ['text-end', 'stream-error'],
    );
    const half = decodedStream([chunk({ content: 'Hi' }, { index: 1 }), stop()]).parts;
    assert.equal(half.at(-1)?.type, 'stream-error');
  });

  test('that comes inside calls marks them as torsos', () => {
    const calls = [
      chunk(callDelta({ index: 0, id: 'a', function: { name: 'f', arguments: '{"a' } })),
      chunk(callDelta({ index: 1, id: 'b', function: { name: 'g', arguments: '' } })),
      chunk(callDelta({ index: 2, function: { name: 'h' } })),
    ];
    const torsos = [0, 1].map((index) => ({
      type: 'tool-call-end',
      candidate: 0,
      index,
      cut: true,
    }));
    const error = { error: { message: 'busy', type: 'server_error' } };
    for (const chunks of [calls, [...calls, error]]) {
      const { parts } = decodedStream(chunks);
      assert.equal(checkOrder(parts), undefined);
      assert.deepEqual(parts.slice(-3, -1), torsos);
    }
    const { parts } = decodedStream([...calls, stop(), error]);
    assert.equal(
      parts.some((part) => 'cut' in part),
      false,
    );
  });

  test('of nothing is an error', () => {
    for (const chunks of [[], [DONE], [{ id: 'a', choices: [] }, DONE]]) {
      assert.equal(decodedStream(chunks).parts.at(-1)?.type, 'stream-error');
    }
  });

  test('nothing follows it', () => {
    const { parts } = decodedStream([
      chunk({ content: 'Hi' }),
      stop(),
      DONE,
      chunk({ content: 'x' }),
    ]);
    assert.equal(parts.at(-1)?.type, 'message-end');
  });
});

describe('failures', () => {
  function errorOf(chunks: readonly JsonValue[]): Extract<StreamPart, { type: 'stream-error' }> {
    const { parts } = decodedStream(chunks);
    assert.equal(checkOrder(parts), undefined);
    const last = parts.at(-1);
    assert.ok(last?.type === 'stream-error');
    return last;
  }

  test('ai#10653: an error as the first event stands alone', () => {
    const chunks = [{ error: { message: 'busy', type: 'server_error', code: 'overloaded' } }];
    assert.equal(decodedStream(chunks).parts.length, 1);
    assert.equal(errorOf(chunks).error.kind, 'overloaded');
  });

  test('OmniRoute#8210: an error midway ends the stream after its open parts', () => {
    const chunks = [
      chunk({ content: 'Hi' }),
      { id: 'a', choices: [], error: { code: 429, message: 'Please try again in 1.5s' } },
      chunk({ content: 'more' }),
      DONE,
    ];
    const { error } = errorOf(chunks);
    assert.equal(error.kind, 'rate-limited');
    assert.equal(error.retryAfterMs, 1500);
  });

  test('inside a choice, bare, and by the event’s name are errors', () => {
    const failed = { delta: {}, finish_reason: 'error', error: { code: 502, message: 'gone' } };
    assert.equal(errorOf([{ id: 'a', choices: [failed] }]).error.status, 502);
    assert.equal(errorOf([{ object: 'error', message: 'bad', code: 400 }]).error.status, 400);
    assert.equal(errorOf([{ detail: 'bad' }]).error.message, 'bad');
  });

  test('CLIProxyAPI#1680: broken JSON is an error, and nothing follows it', () => {
    const chunks = [chunk({ content: 'Hi' }), '{"id":', chunk({ content: 'x' }), DONE];
    assert.equal(errorOf(chunks).error.code, 'upstream_invalid_response');
    assert.equal(errorOf(['3']).error.code, 'upstream_invalid_response');
  });
});
