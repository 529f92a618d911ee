import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MediaPart, Part, Seal, ToolCallPart } from '../../ir/part.ts';
import type { ChatRequest, Tool, Turn } from '../../ir/request.ts';
import type { StreamPart } from '../../ir/stream.ts';
import { isObject, type JsonObject, type JsonValue } from '../../json.ts';
import { gemini } from './index.ts';
import {
  answerContext,
  chatRequest,
  chunksOf,
  createLedger,
  decoded,
  decodedStream,
  disorderIn,
  plain,
  written,
} from './testing/exchange.ts';

const runs = { numRuns: 150 };
const word = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
const name = fc.constantFrom('alpha', 'beta', 'gamma_delta');
const seal = fc.option(
  fc
    .base64String({ minLength: 4, maxLength: 16 })
    .map((data): Seal => ({ format: 'gemini', kind: 'signature', data })),
  { nil: undefined },
);
const json = fc.dictionary(
  word,
  fc.jsonValue({ maxDepth: 2 }).filter((value) => !Object.is(value, -0)),
);
const data = fc.base64String({ minLength: 4, maxLength: 12 });

const text: fc.Arbitrary<Part> = fc.record({ type: fc.constant('text'), text: word, seal });
const image: fc.Arbitrary<MediaPart> = fc.record({
  type: fc.constant('media'),
  media: fc.constant('image'),
  mimeType: fc.constant('image/png'),
  source: fc.record({ type: fc.constant('base64'), data }),
  detail: fc.constantFrom('low', 'high', 'original', undefined),
});
const call: fc.Arbitrary<ToolCallPart> = fc.record({
  type: fc.constant('tool-call'),
  id: fc.constant(''),
  name,
  kind: fc.constant('function'),
  input: json.map((value) => JSON.stringify(value)),
  seal,
});

/** A user's turn, and a model's whose calls the next user's turn answers. */
const exchange = fc.record({
  said: fc.array(fc.oneof(text.map(withoutSeal), image), { minLength: 1, maxLength: 3 }),
  thought: fc.option(fc.record({ type: fc.constant('reasoning'), text: word, seal }), {
    nil: undefined,
  }),
  answer: text,
  calls: fc.array(call, { maxLength: 3 }),
  isError: fc.boolean(),
  result: fc.array(
    fc.oneof(
      word.map((value) => ({ type: 'text', text: value }) as const),
      image,
    ),
    {
      maxLength: 1,
    },
  ),
});

function withoutSeal(part: Part): Part {
  return part.type === 'text' ? { type: 'text', text: part.text } : part;
}

type Exchange = typeof exchange extends fc.Arbitrary<infer T> ? T : never;

function turnsOf(exchanges: readonly Exchange[]): readonly Turn[] {
  let count = 0;
  return exchanges.flatMap(({ said, thought, answer, calls, isError, result }): Turn[] => {
    const made = calls.map((part): ToolCallPart => ({ ...part, id: `id-${count++}` }));
    const results = made.map(
      ({ id, name }): Part => ({ type: 'tool-result', callId: id, name, isError, content: result }),
    );
    return [
      { role: 'user', parts: said },
      { role: 'assistant', parts: [...(thought === undefined ? [] : [thought]), answer, ...made] },
      ...(results.length === 0 ? [] : [{ role: 'user', parts: results } as const]),
      ...(results.length === 0 ? [] : [{ role: 'assistant', parts: [answer] } as const]),
    ];
  });
}

const tools: fc.Arbitrary<readonly Tool[]> = fc.uniqueArray(
  fc.record({
    type: fc.constant('function'),
    name,
    description: fc.option(word, { nil: undefined }),
    schema: fc.constantFrom({ type: 'object', properties: { a: { type: 'string' } } }, undefined),
  }),
  { selector: (tool) => tool.name, maxLength: 3 },
);

const request: fc.Arbitrary<ChatRequest> = fc
  .record({
    system: fc.array(fc.record({ text: word, role: fc.constant('system') }), { maxLength: 2 }),
    turns: fc.array(exchange, { minLength: 1, maxLength: 3 }).map(turnsOf),
    tools,
    toolChoice: fc.constantFrom(
      { mode: 'auto' },
      { mode: 'none' },
      { mode: 'required', only: ['alpha'] },
      undefined,
    ),
    sampling: fc.record(
      {
        temperature: fc.constantFrom(0, 0.7, 2),
        topP: fc.constantFrom(0.1, 1),
        topK: fc.nat({ max: 50 }),
        seed: fc.integer(),
        stop: fc.array(word, { minLength: 1, maxLength: 5 }),
      },
      { requiredKeys: [] },
    ),
    outputTokensMax: fc.option(fc.integer({ min: 1, max: 9999 }), { nil: undefined }),
    reasoning: fc.constantFrom<ChatRequest['reasoning'][]>(
      { mode: 'off' },
      { mode: 'on', budget: 1024, visible: true },
      { mode: 'on', effort: 'low' },
      undefined,
    ),
    output: fc.constantFrom<ChatRequest['output'][]>(
      { type: 'json' },
      { type: 'schema', schema: { type: 'object' } },
      undefined,
    ),
  })
  .map((over) =>
    chatRequest({
      ...over,
      toolChoice: over.tools.length === 0 ? undefined : over.toolChoice,
    }),
  );

/** Ids are Gemini's own only where it needs them, so calls are compared by their place. */
function withNumberedCalls(original: ChatRequest): ChatRequest {
  const numbers = new Map<string, string>();
  const number = (id: string): string => {
    const known = numbers.get(id) ?? `call ${numbers.size}`;
    numbers.set(id, known);
    return known;
  };
  const turns = original.turns.map((turn) => ({
    ...turn,
    parts: turn.parts.map((part) => {
      if (part.type === 'tool-call') return { ...part, id: number(part.id) };
      return part.type === 'tool-result' ? { ...part, callId: number(part.callId) } : part;
    }),
  }));
  return { ...original, turns };
}

test('a request that Gemini can express comes back as it was, and loses nothing', () => {
  fc.assert(
    fc.property(request, (original) => {
      const { losses, report } = createLedger();
      const wire = plain(gemini.upstream.encodeRequest(original, report));
      assert.deepEqual(
        withNumberedCalls(decoded(wire, report)),
        plain(withNumberedCalls(original)),
      );
      assert.deepEqual(losses, []);
    }),
    runs,
  );
});

const answerPart: fc.Arbitrary<Part> = fc.oneof(
  call.map((part) => ({ ...part, id: 'x', seal: undefined })),
  image.map((part): Part => ({ ...part, detail: undefined })),
  text.map(withoutSeal),
);

/** Neighbouring texts are one text to Gemini. */
function joined(parts: readonly Part[]): readonly Part[] {
  const list: Part[] = [];
  for (const part of parts) {
    const last = list.at(-1);
    if (part.type === 'text' && last?.type === 'text') {
      list.splice(-1, 1, { ...last, text: last.text + part.text });
    } else list.push(part);
  }
  return list;
}

test('an answer comes back as it was', () => {
  fc.assert(
    fc.property(fc.array(answerPart, { minLength: 1, maxLength: 5 }), (parts) => {
      const hasCall = parts.some(({ type }) => type === 'tool-call');
      const finish = { reason: hasCall ? 'tool-calls' : 'stop', raw: 'STOP' } as const;
      const usage = { fresh: 3, cacheRead: 1, text: 2, reasoning: 4 };
      const response = { id: 'r', model: 'm', candidates: [{ parts, finish }], usage };
      const wire = plain(gemini.client.encodeResponse(response, answerContext({ model: 'm' })));
      const back = gemini.upstream.decodeResponse(wire, () => {});
      assert.deepEqual(
        plain(back),
        plain({ ...response, candidates: [{ parts: joined(parts), finish }] }),
      );
    }),
    runs,
  );
});

const wirePart: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record({ text: word }),
  fc.record({ text: word, thought: fc.constant(true) }),
  fc.record({ text: fc.constantFrom('', 'x'), thoughtSignature: data }),
  fc.record({
    functionCall: fc.record({ name, args: json }),
    thoughtSignature: data,
  }),
  fc.constant({ inlineData: { mimeType: 'image/png', data: 'AAAA' } }),
  fc.constant({ executableCode: { code: 'x', language: 'PYTHON' } }),
);
const wireChunks = fc.array(fc.array(wirePart, { maxLength: 3 }), { maxLength: 6 });

function chunkOf(parts: readonly JsonObject[], rest: JsonObject = {}): JsonObject {
  return {
    responseId: 'r',
    modelVersion: 'm',
    candidates: [{ index: 0, content: { parts }, ...rest }],
  };
}

/** The parts of candidate 0, put together from a stream. */
function collected(stream: readonly StreamPart[]): readonly Part[] {
  const parts: Part[] = [];
  for (const part of stream) {
    if (!('index' in part)) continue;
    const before = parts[part.index];
    if (part.type === 'text-start') parts[part.index] = { type: 'text', text: '' };
    if (part.type === 'reasoning-start') parts[part.index] = { type: 'reasoning', text: '' };
    if (part.type === 'media') parts[part.index] = part.part;
    if (part.type === 'tool-call-start') {
      const { id, name, kind, seal } = part;
      parts[part.index] = { type: 'tool-call', id, name, kind, input: '', seal };
    }
    if (before?.type === 'text' && part.type === 'text-delta') {
      parts[part.index] = { ...before, text: before.text + part.text };
    }
    if (before?.type === 'reasoning' && part.type === 'reasoning-delta') {
      parts[part.index] = { ...before, text: before.text + part.text };
    }
    if (before?.type === 'tool-call' && part.type === 'tool-call-delta') {
      parts[part.index] = { ...before, input: before.input + part.input };
    }
    if (before?.type === 'text' && part.type === 'text-end') {
      parts[part.index] = { ...before, seal: part.seal };
    }
    if (before?.type === 'reasoning' && part.type === 'reasoning-end') {
      parts[part.index] = { ...before, seal: part.seal };
    }
  }
  return plain(parts);
}

test('a stream, collected, is the plain answer of the same parts', () => {
  fc.assert(
    fc.property(wireChunks, (chunks) => {
      const stop = { finishReason: 'STOP' };
      const stream = decodedStream([...chunks.map((parts) => chunkOf(parts)), chunkOf([], stop)]);
      assert.equal(disorderIn(stream), undefined);
      const whole = gemini.upstream.decodeResponse(chunkOf(chunks.flat(), stop), () => {});
      assert.deepEqual(collected(stream), plain(whole.candidates[0]?.parts));
    }),
    runs,
  );
});

test('a stream that is cut anywhere is in order, and ends in an error', () => {
  fc.assert(
    fc.property(wireChunks, (chunks) => {
      const stream = decodedStream(chunks.map((parts) => chunkOf(parts)));
      assert.equal(disorderIn(stream), undefined);
      assert.equal(stream.at(-1)?.type, 'stream-error');
    }),
    runs,
  );
});

test('a stream that is written has a part in every chunk and one end', () => {
  fc.assert(
    fc.property(wireChunks, fc.boolean(), (chunks, visible) => {
      const stream = decodedStream([
        ...chunks.map((parts) => chunkOf(parts)),
        chunkOf([], { finishReason: 'STOP' }),
      ]);
      const context = answerContext({ reasoning: { mode: 'on', visible } });
      const candidates = chunksOf(written(stream, context).join('')).map((wire) =>
        Array.isArray(wire['candidates']) ? wire['candidates'][0] : undefined,
      );
      for (const [index, candidate] of candidates.entries()) {
        const parts = candidate.content.parts;
        assert.ok(
          parts.length > 0 && parts.every((part: JsonObject) => Object.keys(part).length > 0),
        );
        assert.equal(candidate.finishReason !== undefined, index === candidates.length - 1);
      }
    }),
    runs,
  );
});

test('whatever JSON comes, a stream ends, and a plain answer is read or refused', () => {
  const keys = fc.constantFrom(
    'candidates',
    'content',
    'parts',
    'text',
    'functionCall',
    'name',
    'args',
    'index',
    'error',
    'inlineData',
    'groundingMetadata',
    'groundingChunks',
    'finishReason',
    'usageMetadata',
  );
  const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<JsonValue[]>(null, 0, 'x', true, 'STOP'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(keys, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 4 }), (values) => {
      const stream = decodedStream(values);
      assert.equal(disorderIn(stream), undefined);
      for (const value of values) {
        if (!isObject(value)) continue;
        try {
          gemini.upstream.decodeResponse(value, () => {});
        } catch (error) {
          assert.equal(error instanceof Error && error.name, 'ConversionError');
        }
        const observer = gemini.upstream.observeStream();
        observer.push({ event: undefined, data: JSON.stringify(value) });
        gemini.upstream.withoutForeignSeals(value);
        gemini.upstream.readUsage(value);
      }
    }),
    { numRuns: 400 },
  );
});
