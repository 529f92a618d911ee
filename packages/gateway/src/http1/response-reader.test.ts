/** Reading responses: the same at every cut, strict about where they end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFieldNames } from './field-names.ts';
import { MalformedHttp } from './malformed.ts';
import { closeResponse, createResponseReader, readResponse } from './response-reader.ts';

interface Read {
  readonly status: number | undefined;
  readonly headers: object | undefined;
  readonly body: string;
  /** Undefined: it has not ended. */
  readonly isClean: boolean | undefined;
  readonly isReusable: boolean | undefined;
  readonly idleMs: number | undefined;
}

function read(parts: readonly string[], isClosed = false): Read {
  let status: number | undefined;
  let headers: object | undefined;
  let isReusable: boolean | undefined;
  let idleMs: number | undefined;
  let isClean: boolean | undefined;
  let body = '';
  const reader = createResponseReader(
    {
      head(head) {
        assert.equal(status, undefined, 'one head');
        ({ status, isReusable, idleMs } = head);
        headers = { ...head.headers };
      },
      data(piece) {
        assert.equal(isClean, undefined, 'nothing after the end');
        body += Buffer.from(piece).toString('latin1');
      },
      end(clean) {
        assert.equal(isClean, undefined, 'one end');
        isClean = clean;
      },
    },
    createFieldNames(),
  );
  for (const part of parts) {
    if (part !== '') readResponse(reader, Buffer.from(part, 'latin1'));
  }
  if (isClosed) closeResponse(reader);
  return { status, headers, body, isClean, isReusable, idleMs };
}

const OK = 'HTTP/1.1 200 OK\r\n';

const wellFormed = [
  ['of a given length', `${OK}Content-Length: 5\r\nX-A: 1\r\n\r\nhello`, 'hello'],
  ['of length nought', `${OK}content-length: 0\r\n\r\n`, ''],
  [
    'chunked',
    `${OK}transfer-encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nx-sum: 1\r\n\r\n`,
    'abcde',
  ],
  ['without a body', 'HTTP/1.1 204 No Content\r\nx: y\r\n\r\n', ''],
  [
    'not modified, with the length of what is elsewhere',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n',
    '',
  ],
  [
    'after interim ones',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}content-length: 2\r\n\r\nhi`,
    'hi',
  ],
] as const;

for (const [name, raw, body] of wellFormed) {
  test(`a response ${name} is the same at every cut`, () => {
    const whole = read([raw]);
    assert.equal(whole.body, body);
    assert.equal(whole.isClean, true);
    assert.deepEqual(read(raw.split('')), whole);
    for (let cut = 1; cut < raw.length; cut += 1) {
      assert.deepEqual(read([raw.slice(0, cut), raw.slice(cut)]), whole);
      assert.equal(read([raw.slice(0, cut)], true).isClean, undefined, `ended after ${cut} bytes`);
    }
  });
}

test('a response without length or coding ends with the connection, at every cut', () => {
  const raw = `${OK}x: y\r\n\r\nhello`;
  const headEnd = raw.length - 'hello'.length;
  for (let cut = 1; cut <= raw.length; cut += 1) {
    const whole = read([raw.slice(0, cut), raw.slice(cut)], true);
    assert.equal(whole.body, 'hello');
    assert.equal(whole.isClean, false);
    assert.equal(read([raw.slice(0, cut)], true).isClean, cut < headEnd ? undefined : false);
  }
});

test('bytes after the end are noticed, whatever the framing', () => {
  for (const [, raw] of wellFormed) assert.equal(read([`${raw}HTTP`]).isClean, false);
});

test('names are lower case, values without blanks around them, repeated fields joined', () => {
  const raw = `${OK}Set-A:one \r\nX-EMPTY:\r\nset-a: \t two\r\nX-Text: caf\xe9 "\xff"\r\ncontent-length: 0\r\n\r\n`;
  assert.deepEqual(read([raw]).headers, {
    'set-a': 'one, two',
    'x-empty': '',
    'x-text': 'caf\xe9 "\xff"',
    'content-length': '0',
  });
});

const tolerated = [
  ['no reason', 'HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n', 200],
  ['an empty reason', 'HTTP/1.1 429 \r\ncontent-length: 0\r\n\r\n', 429],
  ['a reason in another script', 'HTTP/1.1 529 \xdcberlastet\r\ncontent-length: 0\r\n\r\n', 529],
  ['the same length twice', `${OK}content-length: 0\r\ncontent-length: 0\r\n\r\n`, 200],
  ['the same length twice in one field', `${OK}content-length: 0, 0\r\n\r\n`, 200],
  ['a coding in capitals', `${OK}Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n`, 200],
] as const;

for (const [name, raw, status] of tolerated) {
  test(`is tolerated: ${name}`, () => {
    const response = read([raw]);
    assert.equal(response.status, status);
    assert.equal(response.isClean, true);
  });
}

const malformed = [
  ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['a TLS alert', '\x15\x03\x01\x00\x02\x02\x46'],
  ['an empty line first', `\r\n${OK}content-length: 0\r\n\r\n`],
  ['another version', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['a short status', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a long status', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\n\r\n'],
  ['line feeds for line ends', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
  ['a lone line feed in a value', `${OK}x: a\nb: c\r\n\r\n`],
  ['a lone carriage return in a value', `${OK}x: a\rb\r\n\r\n`],
  ['a zero byte in a value', `${OK}x: a\0b\r\n\r\n`],
  ['a field without a colon', `${OK}nonsense\r\n\r\n`],
  ['a field without a name', `${OK}: a\r\n\r\n`],
  ['a blank before the colon', `${OK}content-length : 0\r\n\r\n`],
  ['a folded line', `${OK}x: a\r\n b\r\n\r\n`],
  [
    'a length and a coding',
    `${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
  ],
  ['two lengths', `${OK}content-length: 3\r\ncontent-length: 4\r\n\r\nabcd`],
  ['two lengths in one field', `${OK}content-length: 3, 4\r\n\r\nabcd`],
  ['a signed length', `${OK}content-length: +3\r\n\r\nabc`],
  ['a negative length', `${OK}content-length: -3\r\n\r\n`],
  ['a length with a fraction', `${OK}content-length: 3.0\r\n\r\nabc`],
  ['an empty length', `${OK}content-length:\r\n\r\n`],
  ['a length beyond measure', `${OK}content-length: ${'9'.repeat(20)}\r\n\r\n`],
  ['an unknown coding', `${OK}transfer-encoding: gzip, chunked\r\n\r\n`],
  ['the coding twice', `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`],
  ['a chunk without a size', `${OK}transfer-encoding: chunked\r\n\r\nhello`],
  ['a head without an end', `${OK}x: ${'a'.repeat(66_000)}`],
  ['a head that is too long', `${OK}x: ${'a'.repeat(66_000)}\r\n\r\n`],
] as const;

for (const [name, raw] of malformed) {
  test(`is refused: ${name}`, () => {
    assert.throws(() => read([raw]), MalformedHttp);
    if (raw.length < 1000) assert.throws(() => read(raw.split('')), MalformedHttp);
  });
}

const connections = [
  ['version 1.1 is kept', 'HTTP/1.1', '', true],
  ['version 1.1 that says close is not', 'HTTP/1.1', 'Connection: Close\r\n', false],
  [
    'version 1.1 that says close among others is not',
    'HTTP/1.1',
    'connection: x-a, close\r\n',
    false,
  ],
  ['version 1.0 is not kept', 'HTTP/1.0', '', false],
  ['version 1.0 that says keep-alive is', 'HTTP/1.0', 'Connection: Keep-Alive\r\n', true],
] as const;

for (const [name, version, field, isReusable] of connections) {
  test(`a connection of ${name}`, () => {
    const response = read([`${version} 200 OK\r\n${field}content-length: 0\r\n\r\n`]);
    assert.equal(response.isReusable, isReusable);
  });
}

for (const field of ['content-length: 5\r\n', 'transfer-encoding: chunked\r\n']) {
  test(`a connection is not kept after a 204 with ${field.trim()}: a body may follow`, () => {
    const response = read([`HTTP/1.1 204 No Content\r\n${field}\r\n`]);
    assert.equal(response.body, '');
    assert.equal(response.isReusable, false);
  });
}

test('chunks in version 1.0 are read, but the connection is not kept', () => {
  const response = read([
    'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ]);
  assert.equal(response.isClean, true);
  assert.equal(response.isReusable, false);
});

test('a field may have the name of what every object inherits, and of what none should', () => {
  const raw = `${OK}Constructor: c\r\n__proto__: p\r\ncontent-length: 0\r\n\r\n`;
  const headers = new Map(Object.entries(read([raw]).headers ?? {}));
  assert.equal(headers.get('constructor'), 'c');
  assert.equal(headers.get('__proto__'), 'p');
});

test('the server says how long it keeps an idle connection', () => {
  const idleMs = (field: string): number | undefined =>
    read([`${OK}${field}content-length: 0\r\n\r\n`]).idleMs;
  assert.equal(idleMs('Keep-Alive: timeout=5, max=100\r\n'), 5_000);
  assert.equal(idleMs('keep-alive: max=100,timeout=12\r\n'), 12_000);
  assert.equal(idleMs('keep-alive: nonsense\r\n'), Number.POSITIVE_INFINITY);
  assert.equal(idleMs(''), Number.POSITIVE_INFINITY);
});
