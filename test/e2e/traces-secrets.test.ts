/** Whatever an exchange is about, its spans hold nothing that was said, no key, no header and no query. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Collector, startCollector, tracesTo } from './collector.ts';
import { type Fleet, sail } from './fleet.ts';
import { answers, chatStream, json, type Script, sse } from './scripted-upstream.ts';
import { post } from './setup.ts';

const CANARY = 'canary';
const ownKey = `${CANARY}-own-key`;

const error = {
  error: { message: `${CANARY} message`, code: `${CANARY}_code`, type: `${CANARY}_type` },
};
const said = {
  ...answers.chat,
  id: `${CANARY}-id`,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: `${CANARY} answer`, refusal: null },
      finish_reason: 'stop',
    },
  ],
};
const headers = { 'x-request-id': `${CANARY}-of-upstream`, 'openai-version': CANARY };

const well = json(said, 200, headers);
const failing = (status: number): Script => json(error, status, headers);
const broken: Script = async (response) => {
  sse(response);
  response.write(chatStream.start + chatStream.text(`${CANARY} answer`));
  await begun.promise;
  response.end(`data: ${JSON.stringify(error)}\n\n`);
};

const chat = {
  model: 'gpt-4o',
  user: `${CANARY}-user`,
  messages: [{ role: 'user', content: `${CANARY} prompt` }],
};
const sent = {
  authorization: `Bearer ${CANARY}-client-key`,
  'x-request-id': `${CANARY}-request`,
  'x-client-request-id': `${CANARY}-client-request`,
  'user-agent': CANARY,
  baggage: `user=${CANARY}`,
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: `vendor=${CANARY}`,
  cookie: CANARY,
};

let collector: Collector;
let fleet: Fleet;
/** The client has the head of the answer. */
let begun = Promise.withResolvers<void>();

beforeEach(async () => {
  collector = await startCollector();
  begun = Promise.withResolvers();
});

afterEach(async () => {
  await fleet.close();
  await collector.close();
});

interface Case {
  readonly name: string;
  readonly channels: { readonly [id: string]: Script };
  readonly path?: string;
  readonly body?: object | string;
  readonly status: number;
  /** All in all. */
  readonly spans: number;
}

const cases: readonly Case[] = [
  { name: 'went well', channels: { a: well }, status: 200, spans: 2 },
  {
    name: 'was a stream that broke',
    channels: { a: broken },
    body: { ...chat, stream: true },
    status: 200,
    spans: 2,
  },
  { name: 'was refused by the upstream', channels: { a: failing(400) }, status: 400, spans: 2 },
  { name: 'failed in the upstream', channels: { a: failing(418) }, status: 418, spans: 2 },
  {
    name: 'was answered by another',
    channels: { a: failing(503), b: well },
    status: 200,
    spans: 3,
  },
  {
    name: 'failed everywhere',
    channels: { a: failing(502), b: failing(503) },
    status: 503,
    spans: 3,
  },
  {
    name: 'could not be read',
    channels: { a: well },
    body: `{"${CANARY}": `,
    status: 400,
    spans: 1,
  },
  {
    name: 'was to a path that is none',
    channels: { a: well },
    path: `/v1/${CANARY}/x`,
    status: 404,
    spans: 1,
  },
  {
    name: 'was converted',
    channels: { a: well },
    path: '/v1/messages',
    body: { ...chat, max_tokens: 10 },
    status: 200,
    spans: 2,
  },
];

describe('nothing of what was said is in the spans of an exchange that', () => {
  for (const { name, channels, path = '/v1/chat/completions', body = chat, status, spans } of cases)
    it(name, async () => {
      fleet = await sail({
        channels: Object.fromEntries(
          Object.entries(channels).map(([id, script]) => [
            id,
            { answers: script, apiKeys: [ownKey], headers: { 'x-own': CANARY } },
          ]),
        ),
        traces: tracesTo(collector.url, { headers: { authorization: `Basic ${CANARY}` } }),
        attemptsMax: Object.keys(channels).length,
      });
      const response = await post(
        `${fleet.url}${path}?key=${CANARY}-query&x=${CANARY}`,
        body,
        sent,
      );
      begun.resolve();
      await response.text();
      assert.equal(response.status, status);
      assert.equal((await collector.waitFor(spans)).length, spans);
      for (const { text, headers: given } of collector.batches) {
        assert.ok(!text.toLowerCase().includes(CANARY), text);
        assert.equal(given.authorization, `Basic ${CANARY}`);
      }
    });
});
