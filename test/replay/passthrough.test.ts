/** Where both sides speak one format, bytes arrive as they were sent, and keys go where they belong. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { type FormatId, formatIds } from '../../packages/conformance/src/judge/meaning.ts';
import { parseSse } from '../../packages/conformance/src/judge/sse.ts';
import { cannedAnswer } from './canned.ts';
import { clientKeys, modelFor, pathOf, sendBytes } from './client.ts';
import { everyByte, everyEvent, randomCut, seededRandom, whole } from './cuts.ts';
import { askFor, type Harness, layOut, startHarness } from './harness.ts';
import { isObject, type Json } from './json.ts';
import { loadCorpus, missingCorpus } from './load.ts';
import { recordedMeaning } from './observe.ts';
import { createReport } from './report.ts';
import type { Received } from './upstream.ts';

const SEED = 20_261_126;

const corpus = loadCorpus();
const report = createReport();
let harness: Harness;

function hash(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** JSON with white space where nobody expects it, as a hand-written client may send it. */
function oddlySpaced(value: Json): string {
  if (Array.isArray(value)) return `[ ${value.map(oddlySpaced).join('\n,')}\t]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => {
    return `${JSON.stringify(key)}\t:\r\n ${oddlySpaced(member)}`;
  });
  return `{${members.join(' , ')} }`;
}

async function sendRaw(
  format: FormatId,
  body: string,
  stream: boolean,
): Promise<Received | undefined> {
  harness.upstream.answer(cannedAnswer(format, stream));
  harness.upstream.take();
  await sendBytes(harness.port, { format, model: modelFor(format, format), stream }, body);
  return harness.upstream.take()[0];
}

const messages: { readonly [id in FormatId]: string } = {
  'openai-chat': '"messages":[{"role":"user","content":"Hi"}]',
  'openai-responses': '"input":[{"role":"user","content":"Hi"}]',
  'anthropic-messages': '"max_tokens":16,"messages":[{"role":"user","content":"Hi"}]',
  gemini: '"contents":[{"role":"user","parts":[{"text":"Hi"}]}]',
};

const oddMembers = [
  '"temperature":1.0',
  '"temperature":1E0',
  '"temperature":-0',
  '"temperature":0.10000000000000000555',
  '"seed":12345678901234567890',
  '"huge":1e400',
  '"twice":1,"twice":2',
  '"map":{"10":"ten","2":"two","01":"one"}',
  '"__proto__":{"a":1},"constructor":null',
  String.raw`"text":"\u00e9\/\ud83d\ude00\u0000\b"`,
  '"text":"é/😀\u2028"',
  String.raw`"lone":"\ud800"`,
  '"space" :\t[ 1 ,\n2 ]',
  '"unknown_field":{"deep":[[[[]]]]}',
];

describe('same-format exchanges', () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
    report.print(import.meta.filename);
  });

  for (const format of formatIds) {
    test(`recorded ${format} requests arrive byte for byte`, { skip: missingCorpus }, async () => {
      const tally = report.tally('same request', format, format);
      for (const request of corpus.requests) {
        if (request.format !== format) continue;
        const { model: _, ...rest } = request.body;
        const sent = `\r\n ${oddlySpaced({ model: modelFor(format, format), ...rest })}\n\n`;
        const received = await sendRaw(format, sent, request.stream);
        const same = received !== undefined && hash(received.body) === hash(sent);
        tally.add(
          request.id,
          same ? [] : [`sent ${hash(sent)}, arrived ${hash(received?.body ?? '')}`],
        );
      }
      tally.settle();
    });

    test(`${format} bodies with odd numbers, order and escapes arrive byte for byte`, async () => {
      const tally = report.tally('odd request', format, format);
      for (const member of oddMembers) {
        const sent = `{"model":"${modelFor(format, format)}",${messages[format]},${member}}`;
        const received = await sendRaw(format, sent, false);
        const arrived = received?.body.toString('utf8');
        tally.add(member, arrived === sent ? [] : [`arrived as ${arrived}`]);
      }
      tally.settle();
    });

    test(`recorded ${format} answers reach the client byte for byte (seed ${SEED})`, {
      skip: missingCorpus,
    }, async () => {
      const random = seededRandom(SEED);
      const tally = report.tally('same answer', format, format);
      for (const answer of corpus.answers) {
        if (answer.format !== format) continue;
        // A stream that starts with its error becomes an HTTP error; see errors.test.ts.
        if (recordedMeaning(answer).error !== undefined) continue;
        const cuts = answer.mode === 'json' ? [whole] : [everyEvent, randomCut(random)];
        if (answer.mode === 'stream' && answer.text.length < 1500) cuts.push(everyByte);
        for (const cut of cuts) {
          layOut(harness, answer, cut);
          const { body, ...ask } = askFor(answer, format);
          const sent = JSON.stringify({ model: ask.model, stream: ask.stream, ...body });
          const reply = await sendBytes(harness.port, ask, sent);
          const same =
            reply.status === 200 && !reply.cut && hash(reply.bytes) === hash(answer.text);
          tally.add(
            `${answer.id} (${cut.name})`,
            same ? [] : [`status ${reply.status}, ${reply.bytes.length} bytes`],
          );
        }
      }
      tally.settle();
    });

    test(`recorded ${format} errors reach the client byte for byte`, {
      skip: missingCorpus,
    }, async () => {
      const tally = report.tally('same error', format, format);
      for (const error of corpus.errors) {
        if (error.format !== format || error.status < 400) continue;
        const headers = { 'content-type': 'application/json; charset=utf-8' };
        harness.upstream.answer({
          status: error.status,
          headers,
          pieces: [Buffer.from(error.text)],
        });
        const ask = { format, model: modelFor(format, format), stream: false };
        const reply = await sendBytes(
          harness.port,
          ask,
          `{"model":"${ask.model}",${messages[format]}}`,
        );
        const same = reply.status === error.status && hash(reply.bytes) === hash(error.text);
        tally.add(
          error.id,
          same ? [] : [`status ${reply.status}: ${reply.bytes.toString().slice(0, 200)}`],
        );
      }
      tally.settle();
    });
  }
});

describe('gemini streams as JSON arrays', { skip: missingCorpus }, () => {
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  test('an array that a gemini client asked for reaches it byte for byte', async () => {
    const cut = randomCut(seededRandom(SEED));
    for (const { format, mode, text, id } of corpus.answers) {
      if (format !== 'gemini' || mode !== 'stream') continue;
      const array = `[${parseSse(text)
        .map(({ data }) => data)
        .join('\n,\r\n')}\n]`;
      const headers = { 'content-type': 'application/json; charset=UTF-8' };
      harness.upstream.answer({ status: 200, headers, pieces: cut(Buffer.from(array)) });
      harness.upstream.take();
      const ask = { format, model: modelFor('gemini', 'gemini'), stream: true, asArray: true };
      const reply = await sendBytes(harness.port, ask, `{${messages.gemini}}`);
      const [received] = harness.upstream.take();
      assert.equal(received?.url, pathOf('gemini', ask.model, true).replace('?alt=sse', ''));
      assert.equal(hash(reply.bytes), hash(array), id);
    }
  });
});

const keyHeaders: {
  readonly [id in FormatId]: readonly [name: string, value: (key: string) => string];
} = {
  'openai-chat': ['authorization', (key) => `Bearer ${key}`],
  'openai-responses': ['authorization', (key) => `Bearer ${key}`],
  'anthropic-messages': ['x-api-key', (key) => key],
  gemini: ['x-goog-api-key', (key) => key],
};

/** Where a secret stands in what arrived upstream. */
function placesOf(received: Received, secret: string): readonly string[] {
  const headers = Object.entries(received.headers).filter(([, value]) => value.includes(secret));
  const places = headers.map(([name]) => name);
  if (received.url.includes(secret)) places.push('url');
  if (received.body.includes(secret)) places.push('body');
  return places;
}

describe('keys and headers', () => {
  before(async () => {
    harness = await startHarness();
  });
  after(async () => {
    await harness.close();
  });

  for (const from of formatIds) {
    for (const to of formatIds) {
      test(`the key of a ${from} client reaches a ${to} upstream in that vendor's header alone`, async () => {
        harness.upstream.answer(cannedAnswer(to, false));
        harness.upstream.take();
        const ask = {
          format: from,
          model: modelFor(from, to),
          stream: false,
          headers: { cookie: 'session=client-cookie', 'proxy-authorization': 'Basic client-proxy' },
        };
        const reply = await sendBytes(
          harness.port,
          ask,
          `{"model":"${ask.model}",${messages[from]}}`,
        );
        assert.equal(reply.status, 200);
        const [received] = harness.upstream.take();
        assert.ok(received !== undefined);
        const [name, value] = keyHeaders[to];
        assert.equal(received.headers[name], value(clientKeys[from]));
        assert.deepEqual(placesOf(received, clientKeys[from]), [name]);
        assert.deepEqual(placesOf(received, 'client-cookie'), []);
        assert.deepEqual(placesOf(received, 'client-proxy'), []);
        assert.equal(
          received.headers['anthropic-version'] !== undefined,
          to === 'anthropic-messages',
        );
      });
    }

    test(`a key in the query goes to a ${from} upstream in a header and never in the address`, async () => {
      harness.upstream.answer(cannedAnswer(from, false));
      harness.upstream.take();
      const path = pathOf('gemini', modelFor('gemini', from), false);
      const response = await fetch(`http://127.0.0.1:${harness.port}${path}?key=query-secret`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: `{${messages.gemini}}`,
      });
      assert.equal(response.status, 200);
      const [received] = harness.upstream.take();
      assert.ok(received !== undefined);
      assert.deepEqual(placesOf(received, 'query-secret'), [keyHeaders[from][0]]);
      assert.equal(received.url, pathOf(from, modelFor('gemini', from), false));
    });
  }

  test("a vendor's own headers reach that vendor and nobody else", async () => {
    for (const to of formatIds) {
      harness.upstream.answer(cannedAnswer(to, false));
      harness.upstream.take();
      const headers = { 'anthropic-beta': 'context-1m-2025-08-07' };
      const ask = {
        format: 'anthropic-messages' as const,
        model: modelFor('anthropic-messages', to),
        stream: false,
        headers,
      };
      await sendBytes(
        harness.port,
        ask,
        `{"model":"${ask.model}",${messages['anthropic-messages']}}`,
      );
      const [received] = harness.upstream.take();
      const expected = to === 'anthropic-messages' ? 'context-1m-2025-08-07' : undefined;
      assert.equal(received?.headers['anthropic-beta'], expected, to);
    }
  });

  test("limits and ids in an upstream's headers reach the client, cookies do not", async () => {
    for (const to of formatIds) {
      for (const from of formatIds) {
        const canned = cannedAnswer(to, false);
        const headers = {
          ...canned.headers,
          'request-id': 'req-upstream',
          'x-ratelimit-remaining-tokens': '7',
          'anthropic-ratelimit-tokens-remaining': '8',
          'set-cookie': 'a=b',
        };
        harness.upstream.answer({ ...canned, headers });
        const ask = { format: from, model: modelFor(from, to), stream: false };
        const reply = await sendBytes(
          harness.port,
          ask,
          `{"model":"${ask.model}",${messages[from]}}`,
        );
        assert.equal(reply.headers.get('request-id'), 'req-upstream');
        assert.equal(reply.headers.get('x-ratelimit-remaining-tokens'), '7');
        assert.equal(reply.headers.get('anthropic-ratelimit-tokens-remaining'), '8');
        assert.equal(reply.headers.get('set-cookie'), null);
      }
    }
  });
});
