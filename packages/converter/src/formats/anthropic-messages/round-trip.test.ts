import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Part, ToolResultPart } from '../../ir/part.ts';
import type {
  CacheMark,
  ChatRequest,
  ReasoningRequest,
  Tool,
  ToolChoice,
} from '../../ir/request.ts';
import { chatRequest, createLedger, decoded, encoded, plain } from './testing/exchange.ts';

const words = fc
  .string({ minLength: 1 })
  .filter((text) => text.trim() !== '' && text === text.trim());
const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,20}$/);
const input = fc.dictionary(id, fc.jsonValue()).map((value) => JSON.stringify(value));

const text = words.map((text): Part => ({ type: 'text', text }));
const image = fc.constantFrom<Part>(
  {
    type: 'media',
    media: 'image',
    mimeType: 'image/png',
    source: { type: 'base64', data: 'iVBORw0KGgo=' },
  },
  { type: 'media', media: 'image', mimeType: '', source: { type: 'url', url: 'https://a/b.png' } },
);
const document = fc.constantFrom<Part>(
  {
    type: 'media',
    media: 'document',
    mimeType: 'application/pdf',
    source: { type: 'base64', data: 'JVBERi0x' },
    name: 'T',
  },
  { type: 'media', media: 'document', mimeType: 'text/plain', source: { type: 'text', text: 'W' } },
);
const reasoning = fc.record({ text: words, data: id }).map(
  ({ text, data }): Part => ({
    type: 'reasoning',
    text,
    seal: { format: 'anthropic-messages', kind: 'signature', data },
  }),
);
const call = fc
  .record({ id, name: id, input })
  .map((call): Part => ({ type: 'tool-call', kind: 'function', ...call }));
const content = fc
  .array(fc.oneof(text, image, document))
  .map((parts) => parts.filter((part) => part.type === 'text' || part.type === 'media'));
const result = fc
  .record({ callId: id, isError: fc.boolean(), content })
  .map((result): ToolResultPart => ({ type: 'tool-result', ...result }));

const some = <T>(part: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(part, { minLength: 1, maxLength: 4 });
const turn = fc.oneof(
  some(fc.oneof(text, image, document, result)).map((parts) => ({ role: 'user', parts }) as const),
  some(fc.oneof(text, reasoning, call)).map((parts) => ({ role: 'assistant', parts }) as const),
);
const turns = some(turn).map((turns) => [
  { role: 'user', parts: [{ type: 'text', text: 'Hi' }] } as const,
  ...turns,
  { role: 'system', parts: [{ type: 'text', text: 'S' }] } as const,
]);

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined });
const mark = maybe(fc.constantFrom<CacheMark>({}, { ttl: 'short' }));
const tools = fc.uniqueArray(
  fc.record({ name: id, description: maybe(words), strict: maybe(fc.boolean()), cache: mark }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
);
const thinking = fc.oneof(
  fc.record({ mode: fc.constant('auto' as const), visible: maybe(fc.boolean()) }),
  fc.record({ mode: fc.constant('on' as const), budget: fc.integer({ min: 1024, max: 9999 }) }),
  fc.constant<ReasoningRequest>({ mode: 'on', visible: false }),
  fc.constant<ReasoningRequest>({ mode: 'off', visible: false }),
);

const request: fc.Arbitrary<ChatRequest> = fc
  .record({
    stream: fc.boolean(),
    system: fc.array(fc.record({ text: words, role: fc.constant('system' as const) })),
    turns,
    tools: tools.map((tools) =>
      tools.map((tool): Tool => ({ type: 'function', schema: { type: 'object' }, ...tool })),
    ),
    toolChoice: maybe(
      fc.constantFrom<ToolChoice>(
        { mode: 'auto', parallel: false },
        { mode: 'required' },
        { mode: 'none' },
      ),
    ),
    output: maybe(fc.constant({ type: 'schema', schema: { type: 'object' } } as const)),
    reasoning: thinking,
    outputTokensMax: fc.integer({ min: 1, max: 100_000 }),
    user: maybe(id),
    serviceTier: maybe(fc.constantFrom('default' as const, 'fast' as const)),
    temperature: maybe(fc.constantFrom(0, 0.5, 1)),
    stop: maybe(some(words)),
  })
  .map(({ temperature, stop, ...rest }) =>
    chatRequest({ ...rest, sampling: { temperature, stop } }),
  );

test('what the format can say is the same after it was written and read', () => {
  fc.assert(
    fc.property(request, (request) => {
      const ledger = createLedger();
      const again = decoded(encoded(request, ledger.report), ledger.report);
      assert.deepEqual(again, plain(request));
      assert.deepEqual(ledger.told(), []);
    }),
    { numRuns: 200 },
  );
});
