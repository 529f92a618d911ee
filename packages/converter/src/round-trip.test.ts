/** What a format can express comes back the same: neutral to wire to neutral, for made-up conversations. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AnswerContext, Format } from './format.ts';
import { anthropicMessages, gemini, openaiChat, openaiResponses } from './formats/index.ts';
import { explode } from './ir/collect.ts';
import type { Part, ToolCallPart } from './ir/part.ts';
import type { ChatRequest, Sampling, Tool, ToolChoice, Turn } from './ir/request.ts';
import type { ChatResponse, Finish, Usage } from './ir/response.ts';
import type { StreamPart } from './ir/stream.ts';
import type { Loss } from './loss.ts';
import { checkOrder } from './testing/check-order.ts';
import { collect, decodeText, meaning, plain } from './testing/streams.ts';
import { withoutPaths } from './testing/without-paths.ts';

const runs = { numRuns: 200 };

/** What one format can say of what all formats have. */
interface Ability {
  readonly format: Format;
  readonly errorResults: boolean;
  readonly sampling: readonly (keyof Sampling)[];
  readonly onlySome: boolean;
  readonly parallel: boolean;
  readonly cacheWrites: boolean;
  readonly outputTokensMin: number;
  readonly idPrefix: string;
  /** False: ids of calls are written only where names would not tell the calls apart. */
  readonly callIds: boolean;
}

const abilities: readonly Ability[] = [
  {
    format: openaiChat,
    errorResults: false,
    sampling: [
      'temperature',
      'topP',
      'presencePenalty',
      'frequencyPenalty',
      'seed',
      'stop',
      'logitBias',
    ],
    onlySome: true,
    parallel: true,
    cacheWrites: true,
    outputTokensMin: 1,
    idPrefix: 'chatcmpl-',
    callIds: true,
  },
  {
    format: openaiResponses,
    errorResults: false,
    sampling: ['temperature', 'topP'],
    onlySome: true,
    parallel: true,
    cacheWrites: true,
    outputTokensMin: 16,
    idPrefix: 'resp_',
    callIds: true,
  },
  {
    format: anthropicMessages,
    errorResults: true,
    sampling: ['temperature', 'topP', 'topK', 'stop'],
    onlySome: false,
    parallel: true,
    cacheWrites: true,
    outputTokensMin: 1,
    idPrefix: 'msg_',
    callIds: true,
  },
  {
    format: gemini,
    errorResults: true,
    sampling: [
      'temperature',
      'topP',
      'topK',
      'presencePenalty',
      'frequencyPenalty',
      'seed',
      'stop',
    ],
    // Gemini's way to say it, `VALIDATED`, asks for more than that.
    onlySome: false,
    parallel: false,
    cacheWrites: false,
    outputTokensMin: 1,
    idPrefix: '',
    callIds: false,
  },
];

const words = fc
  .array(fc.constantFrom('a', 'Ω', '🌋', '"', '\\', '\n', '<b>', '</s>', ' '), {
    minLength: 1,
    maxLength: 12,
  })
  .map((pieces) => `x${pieces.join('')}y`);
const names = ['look', 'hear', 'get_time'] as const;
const name = fc.constantFrom(...names);
const jsonObject = fc.dictionary(
  fc.constantFrom('a', 'b', 'ü', 'nested'),
  fc.jsonValue({ maxDepth: 2 }),
);
const input = jsonObject.map((value) => JSON.stringify(value));
const base64 = fc.base64String({ minLength: 4, maxLength: 16 }).filter((text) => text !== '');

const text = words.map((value): Part => ({ type: 'text', text: value }));
const image = base64.map(
  (data): Part => ({
    type: 'media',
    media: 'image',
    mimeType: 'image/png',
    source: { type: 'base64', data },
  }),
);

interface Round {
  readonly said: readonly Part[];
  readonly calls: readonly { readonly name: string; readonly input: string }[];
  readonly result: string;
  readonly isError: boolean;
  readonly answer: string;
}

const round: fc.Arbitrary<Round> = fc.record({
  // Two texts in a row may become one.
  said: fc
    .constantFrom(['text'], ['image', 'text'], ['text', 'image'])
    .chain((kinds) => fc.tuple(...kinds.map((kind) => (kind === 'text' ? text : image)))),
  calls: fc.array(fc.record({ name, input }), { maxLength: 3 }),
  result: words,
  isError: fc.boolean(),
  answer: words,
});

function turnsOf(rounds: readonly Round[], { errorResults }: Ability): readonly Turn[] {
  let count = 0;
  return rounds.flatMap(({ said, calls, result, isError, answer }): readonly Turn[] => {
    const made = calls.map(
      (call): ToolCallPart => ({
        type: 'tool-call',
        id: `call_${++count}`,
        kind: 'function',
        ...call,
      }),
    );
    const results = made.map(
      (call): Part => ({
        type: 'tool-result',
        callId: call.id,
        name: call.name,
        isError: errorResults && isError,
        content: [{ type: 'text', text: result }],
      }),
    );
    const opening: Turn = { role: 'user', parts: said };
    if (made.length === 0)
      return [opening, { role: 'assistant', parts: [{ type: 'text', text: answer }] }];
    return [
      opening,
      { role: 'assistant', parts: [{ type: 'text', text: answer }, ...made] },
      { role: 'user', parts: results },
      { role: 'assistant', parts: [{ type: 'text', text: answer }] },
    ];
  });
}

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const tools: fc.Arbitrary<readonly Tool[]> = fc
  .record({ described: fc.boolean(), count: fc.integer({ min: 1, max: names.length }) })
  .map(({ described, count }) =>
    names.slice(0, count).map((toolName) => ({
      type: 'function',
      name: toolName,
      schema,
      ...(described && { description: `Does ${toolName}` }),
    })),
  );

const values: { readonly [key in keyof Required<Sampling>]: fc.Arbitrary<Sampling[key]> } = {
  temperature: fc.constantFrom(0, 0.25, 1),
  topP: fc.constantFrom(0.5, 1),
  topK: fc.integer({ min: 1, max: 40 }),
  presencePenalty: fc.constantFrom(-1, 0.5),
  frequencyPenalty: fc.constantFrom(-1, 0.5),
  seed: fc.integer({ min: 0, max: 1000 }),
  stop: fc.uniqueArray(fc.constantFrom('END', '##', 'stop '), { minLength: 1 }),
  logitBias: fc.constantFrom({ '7': -100 }, { '8': 3, '9': 4 }),
};

function samplingOf({ sampling }: Ability): fc.Arbitrary<Sampling> {
  const fields = Object.fromEntries(sampling.map((key) => [key, values[key]]));
  return fc.record(fields, { requiredKeys: [] });
}

function choiceOf({ onlySome, parallel }: Ability): fc.Arbitrary<ToolChoice> {
  const plainly: readonly ToolChoice[] = [
    { mode: 'auto' },
    { mode: 'none' },
    { mode: 'required' },
    { mode: 'required', only: ['look'] },
  ];
  return fc.constantFrom(
    ...plainly,
    ...(parallel ? [{ mode: 'auto', parallel: false } as const] : []),
    ...(onlySome ? [{ mode: 'auto', only: ['look'] } as const] : []),
  );
}

function requestOf(ability: Ability): fc.Arbitrary<ChatRequest> {
  return fc
    .record({
      system: fc.array(words, { maxLength: 1 }),
      rounds: fc.array(round, { maxLength: 3 }),
      last: words,
      tools,
      toolChoice: fc.option(choiceOf(ability), { nil: undefined }),
      sampling: samplingOf(ability),
      outputTokensMax: fc.integer({ min: ability.outputTokensMin, max: 9000 }),
      hasSchema: fc.boolean(),
    })
    .map(({ system, rounds, last, toolChoice, hasSchema, ...rest }) => ({
      ...rest,
      model: 'some-model',
      stream: false,
      streamUsage: false,
      system: system.map((block) => ({ text: block, role: 'system' })),
      turns: [...turnsOf(rounds, ability), { role: 'user', parts: [{ type: 'text', text: last }] }],
      ...(toolChoice !== undefined && { toolChoice }),
      ...(hasSchema && { output: { type: 'schema', schema } }),
    }));
}

const usageOf = ({ cacheWrites }: Ability): fc.Arbitrary<Usage> =>
  fc.record(
    {
      fresh: fc.integer({ min: 1, max: 99 }),
      text: fc.integer({ min: 1, max: 99 }),
      reasoning: fc.integer({ min: 1, max: 99 }),
      cacheRead: fc.integer({ min: 1, max: 99 }),
      ...(cacheWrites && { cacheWrite: fc.integer({ min: 1, max: 99 }) }),
    },
    { requiredKeys: ['fresh', 'text'] },
  );

function answerOf(ability: Ability): fc.Arbitrary<ChatResponse> {
  const said = fc.array(words, { maxLength: 1 });
  const calls = fc.array(fc.record({ name, input }), { maxLength: 3 });
  const cut = fc.boolean();
  return fc.record({ said, calls, cut, usage: usageOf(ability) }).map((made) => {
    const parts: readonly Part[] = [
      ...made.said.map((value): Part => ({ type: 'text', text: value })),
      ...made.calls.map(
        (call, at): Part => ({
          type: 'tool-call',
          id: `call_${at}`,
          kind: 'function',
          ...call,
        }),
      ),
    ];
    const reason = made.cut ? 'length' : made.calls.length > 0 ? 'tool-calls' : 'stop';
    return {
      id: `${ability.idPrefix}1`,
      model: 'some-model',
      candidates: [{ parts, finish: { reason } }],
      usage: made.usage,
    };
  });
}

/** The same, but for the upstream's own words and for zeros, which say no more than nothing. */
function essence(response: ChatResponse): ChatResponse {
  const { candidates, usage } = meaning(response);
  const counts = Object.entries(usage ?? {}).filter(([, count]) => count !== 0);
  const finishes = candidates.map(
    ({ parts, finish }): { parts: readonly Part[]; finish: Finish } => ({
      parts,
      finish: { reason: finish.reason },
    }),
  );
  return plain({ ...response, candidates: finishes, usage: Object.fromEntries(counts) as never });
}

function contextFor(report: (loss: Loss) => void): AnswerContext {
  return {
    request: {
      model: 'some-model',
      stream: true,
      streamUsage: true,
      system: [],
      tools: [],
      sampling: {},
    },
    upstreamModel: 'some-model',
    newId: (prefix) => `${prefix}new`,
    nowSeconds: () => 0,
    report,
  };
}

/** The stream of an answer, with its deltas in pieces. */
function streamOf(response: ChatResponse, size: number): readonly StreamPart[] {
  const parts: StreamPart[] = [];
  explode(response, (part) => {
    if (part.type === 'text-delta') {
      for (const piece of inPieces(part.text, size)) parts.push({ ...part, text: piece });
    } else if (part.type === 'tool-call-delta') {
      for (const piece of inPieces(part.input, size)) parts.push({ ...part, input: piece });
    } else parts.push(part);
  });
  return parts;
}

function inPieces(whole: string, size: number): readonly string[] {
  const characters = Array.from(whole);
  const count = Math.ceil(characters.length / size);
  return Array.from({ length: count }, (_, at) =>
    characters.slice(at * size, (at + 1) * size).join(''),
  );
}

for (const ability of abilities) {
  const { format } = ability;
  describe(format.id, () => {
    test('a request is read as it was written', () => {
      fc.assert(
        fc.property(requestOf(ability), (request) => {
          const losses: Loss[] = [];
          const report = (loss: Loss): void => void losses.push(loss);
          const body = format.upstream.encodeRequest(request, report);
          const call = { model: 'some-model', stream: false };
          const read = withoutPaths(format.client.decodeRequest(plain(body), call, report));
          assert.deepEqual(comparable(read, ability), comparable(request, ability));
          assert.deepEqual(losses, []);
        }),
        runs,
      );
    });

    test('an answer is read as it was written', () => {
      fc.assert(
        fc.property(answerOf(ability), (response) => {
          const losses: Loss[] = [];
          const report = (loss: Loss): void => void losses.push(loss);
          const body = format.client.encodeResponse(response, contextFor(report));
          const read = format.upstream.decodeResponse(plain(body), report);
          assert.deepEqual(essence(read), essence(response));
          assert.deepEqual(losses, []);
        }),
        runs,
      );
    });

    test('a streamed answer is read as it was written, whatever its pieces', () => {
      fc.assert(
        fc.property(answerOf(ability), fc.integer({ min: 1, max: 9 }), (response, size) => {
          const losses: Loss[] = [];
          const encoder = format.client.encodeStream(contextFor((loss) => losses.push(loss)));
          let written = '';
          for (const part of streamOf(response, size)) {
            encoder.push(part, (piece) => {
              written += piece;
            });
          }
          const read = decodeText(format, written);
          assert.equal(checkOrder(read), undefined);
          assert.deepEqual(essence(collect(read)), essence(response));
          assert.deepEqual(losses, []);
        }),
        runs,
      );
    });
  });
}

/**
 * Without what a format's client half notes for itself, what it takes the client's silence about
 * reasoning for, and what others fill in after it.
 */
function comparable(request: ChatRequest, { callIds }: Ability): unknown {
  const { streamUsage: _, clientNotes: __, reasoning: ___, toolChoice, output, ...rest } = request;
  const numbers = new Map<string, string>();
  const idOf = (id: string): string => {
    if (callIds) return id;
    numbers.set(id, numbers.get(id) ?? `call ${numbers.size}`);
    return numbers.get(id) ?? id;
  };
  const turns = request.turns.map(({ role, parts }) => ({
    role,
    parts: parts.map((part): Part => {
      if (part.type === 'tool-call') return { ...part, id: idOf(part.id) };
      if (part.type === 'media') return { ...part, detail: part.detail ?? 'auto' };
      if (part.type !== 'tool-result') return part;
      return { ...part, callId: idOf(part.callId), name: undefined };
    }),
  }));
  const tools = request.tools.map((tool) =>
    tool.type === 'function' ? { ...tool, strict: tool.strict ?? false } : tool,
  );
  const schemaOf = output?.type === 'schema' && output.schema;
  return plain({ ...rest, turns, tools, toolChoice, schema: schemaOf });
}
