import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Headers, RawRequest, Reply } from '../model/http.ts';
import { replyAcrossOrigins } from './cors.ts';

const page = 'https://app.example.com';

function raw(method: string, headers: Readonly<Record<string, string>>): RawRequest {
  return {
    method,
    path: '/v1/messages',
    query: new URLSearchParams(),
    header: (name) => headers[name],
    headerNames: () => Object.keys(headers),
    readBody: async () => new Uint8Array(),
  };
}

interface Heard {
  readonly reply: Reply;
  readonly heads: (readonly [number, Headers])[];
}

function listen(): Heard {
  const heads: (readonly [number, Headers])[] = [];
  const reply: Reply = {
    peer: () => '',
    isGone: () => false,
    isBegun: () => heads.length > 0,
    head: (status, headers) => heads.push([status, headers]),
    write: () => true,
    end() {},
    destroy() {},
    onDrain() {},
    onGone() {},
  };
  return { reply, heads };
}

const preflight = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization,x-stainless-lang',
};

describe('answers across origins', () => {
  test('are as ever without an origin that is allowed', () => {
    const { reply, heads } = listen();
    for (const [origin, origins] of [
      [page, []],
      ['https://evil.example.com', [page]],
      [`${page}.evil.example`, [page]],
      ['null', [page]],
    ] as const) {
      for (const method of ['POST', 'OPTIONS'])
        assert.equal(
          replyAcrossOrigins(raw(method, { ...preflight, origin }), reply, new Set(origins)),
          reply,
        );
    }
    assert.equal(replyAcrossOrigins(raw('POST', {}), reply, new Set(['*'])), reply);
    assert.deepEqual(heads, []);
  });

  test('begin with a 204 that allows what the browser asks for', () => {
    for (const [origins, told] of [
      [['https://other.example.com', page], page],
      [['*'], '*'],
    ] as const) {
      const { reply, heads } = listen();
      const asked = raw('OPTIONS', { ...preflight, origin: page });
      assert.equal(replyAcrossOrigins(asked, reply, new Set(origins)), undefined);
      const [status, headers] = heads[0] ?? [];
      assert.equal(status, 204);
      assert.equal(headers?.['access-control-allow-origin'], told);
      assert.match(headers?.['access-control-allow-methods'] ?? '', /POST/);
      assert.equal(
        headers?.['access-control-allow-headers'],
        preflight['access-control-request-headers'],
      );
    }
  });

  test('repeat no list of fields that is none', () => {
    for (const odd of ['', 'a b', 'x: y', 'a,,b', '\u00e4']) {
      const { reply, heads } = listen();
      const asked = { ...preflight, origin: page, 'access-control-request-headers': odd };
      assert.equal(replyAcrossOrigins(raw('OPTIONS', asked), reply, new Set(['*'])), undefined);
      assert.equal(heads[0]?.[1]['access-control-allow-headers'], undefined);
    }
  });

  test('let the page read every header of theirs', () => {
    const { reply, heads } = listen();
    const given = { 'x-request-id': 'r', 'x-dragoman-channel': 'c', 'content-type': 'text/plain' };
    replyAcrossOrigins(raw('POST', { origin: page }), reply, new Set([page]))?.head(200, given);
    assert.deepEqual(heads, [
      [
        200,
        {
          ...given,
          'access-control-allow-origin': page,
          'access-control-expose-headers': 'x-request-id, x-dragoman-channel',
          vary: 'Origin',
        },
      ],
    ]);
  });
});
