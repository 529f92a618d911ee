/** What holds for every stream of every format and every pair, on the cases in `fixtures/`. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ConversionError } from './errors.ts';
import type { Format } from './format.ts';
import { formats, gemini } from './formats/index.ts';
import type { StreamPart } from './ir/stream.ts';
import { parseJson } from './json.ts';
import { checkOrder } from './testing/check-order.ts';
import {
  allFixtures,
  ask,
  type Fixture,
  fixedEnvironment,
  fixturesOf,
  othersThan,
  readObject,
} from './testing/fixtures.ts';
import {
  bytesOf,
  collect,
  cut,
  decodeChunks,
  decodeText,
  meaning,
  translateChunks,
} from './testing/streams.ts';
import type { Environment, Translator } from './translate.ts';

interface Exchange {
  readonly translator: Translator;
  /** Ids start anew, so that one translator can translate the same stream many times. */
  readonly reset: () => void;
}

/** A request that got the fixture's answer: the case's own, or a plain one where that is refused. */
function exchangeFor({ format, name }: Fixture, client: Format, stream: boolean): Exchange {
  let current = fixedEnvironment();
  const environment: Environment = {
    newId: (prefix) => current.newId(prefix),
    nowSeconds: () => current.nowSeconds(),
  };
  const question = { client, upstream: format, stream, environment };
  const reset = (): void => {
    current = fixedEnvironment();
  };
  try {
    return { translator: ask({ ...question, name }), reset };
  } catch (cause) {
    if (!(cause instanceof ConversionError)) throw cause;
    return { translator: ask({ ...question, name: 'text' }), reset };
  }
}

function translate(exchange: Exchange, chunks: readonly Uint8Array[]): string {
  exchange.reset();
  return translateChunks(
    exchange.translator.stream(() => {}),
    chunks,
  );
}

const streams = allFixtures('stream');

for (const fixture of streams) {
  const { format, name, text } = fixture;
  const bytes = bytesOf(text);
  const whole = decodeChunks(format, [bytes]);

  describe(`${format.id}, ${name}`, () => {
    test('the parts are in order', () => {
      assert.equal(checkOrder(whole), undefined);
    });

    test('the parts are the same wherever the bytes are cut', () => {
      for (let place = 1; place < bytes.length; place++) {
        assert.deepEqual(decodeChunks(format, cut(bytes, [place])), whole, `cut at ${place}`);
      }
    });

    test('a stream that stops anywhere is in order, and never ends well before its finish', () => {
      for (const place of eventEnds(text)) {
        const parts = decodeText(format, text.slice(0, place));
        assert.equal(checkOrder(parts), undefined, `stopped at ${place}`);
        if (parts.some(({ type }) => type === 'finish')) continue;
        assert.equal(parts.at(-1)?.type, 'stream-error', `stopped at ${place}`);
      }
    });

    for (const client of othersThan(format)) {
      const exchange = exchangeFor(fixture, client, true);
      const due = translate(exchange, [bytes]);

      test(`a client of ${client.id} reads the same wherever the bytes are cut`, () => {
        for (let place = 1; place < bytes.length; place++) {
          assert.equal(translate(exchange, cut(bytes, [place])), due, `cut at ${place}`);
        }
        const places = fc.array(fc.nat({ max: bytes.length }), { maxLength: 40 });
        fc.assert(
          fc.property(places, (cuts) => {
            assert.equal(translate(exchange, cut(bytes, cuts)), due);
          }),
          { numRuns: 20 },
        );
        const single = Array.from(bytes, (_, place) => place);
        assert.equal(translate(exchange, cut(bytes, single)), due, 'byte by byte');
      });

      test(`what a client of ${client.id} reads is a stream of its format, in order`, () => {
        assert.equal(checkOrder(decodeText(client, due)), undefined);
        assert.equal(endOf(decodeText(client, due)), endOf(whole));
      });

      test(`a client of ${client.id} is told when the stream stops before its finish`, () => {
        for (const place of eventEnds(text)) {
          const start = text.slice(0, place);
          if (decodeText(format, start).some(({ type }) => type === 'finish')) continue;
          const read = decodeText(client, translate(exchange, [bytesOf(start)]));
          assert.equal(checkOrder(read), undefined, `stopped at ${place}`);
          assert.equal(endOf(read), 'stream-error', `stopped at ${place}`);
          const due = wholeCalls(decodeText(format, start));
          assert.ok(wholeCalls(read) <= due, `a torso of a call, stopped at ${place}`);
        }
      });
    }
  });
}

for (const fixture of streams) {
  const { format, name, text } = fixture;
  const answer = fixturesOf(format).find((one) => one.name === name && one.kind === 'response');
  if (answer === undefined || endOf(decodeText(format, text)) === 'stream-error') continue;
  const body = readObject(answer.text);

  describe(`${format.id}, ${name}: stream and plain answer agree`, () => {
    test('as the upstream sends them', () => {
      const streamed = collect(decodeText(format, text));
      assert.deepEqual(meaning(streamed), meaning(format.upstream.decodeResponse(body, () => {})));
    });

    for (const client of othersThan(format)) {
      test(`as a client of ${client.id} reads them`, () => {
        const read = translate(exchangeFor(fixture, client, true), [bytesOf(text)]);
        const { value } = exchangeFor(fixture, client, false).translator.response(body);
        assert.deepEqual(
          meaning(collect(decodeText(client, read))),
          meaning(client.upstream.decodeResponse(value, () => {})),
        );
      });
    }
  });
}

describe('a Gemini stream as a JSON array', () => {
  for (const { format, name, text } of streams.filter(({ format }) => format !== gemini)) {
    test(`says what the events say: ${format.id}, ${name}`, () => {
      const question = { client: gemini, upstream: format, name: 'text', stream: true };
      const listed = ask({ ...question, call: { framing: 'json-array' } });
      const read = ({ stream }: Translator): string =>
        translateChunks(
          stream(() => {}),
          [bytesOf(text)],
        );
      const events = eventsOf(read(ask(question))).filter((event) => !isKeepAlive(event));
      assert.deepEqual(parseJson(read(listed)), events);
    });
  }
});

/** A chunk that adds nothing; in an array it is white space. */
function isKeepAlive(event: unknown): boolean {
  return /"parts":\[\{"text":""\}\],"role":"model"\},"index":0\}\]/.test(JSON.stringify(event));
}

function eventsOf(text: string): readonly unknown[] {
  return text
    .split('\n\n')
    .filter((event) => event.startsWith('data: '))
    .map((event) => parseJson(event.slice('data: '.length)));
}

/** The places behind each event, and the start: where a connection may close between events. */
function eventEnds(text: string): readonly number[] {
  return [0, ...Array.from(text.matchAll(/\n\n/g), ({ index }) => index + 2)].slice(0, -1);
}

function wholeCalls(parts: readonly StreamPart[]): number {
  return parts.filter((part) => part.type === 'tool-call-end' && part.cut !== true).length;
}

function endOf(parts: readonly StreamPart[]): StreamPart['type'] | undefined {
  return parts.at(-1)?.type;
}

test('every format has streams to try', () => {
  for (const format of formats) assert.ok(streams.some((fixture) => fixture.format === format));
});
