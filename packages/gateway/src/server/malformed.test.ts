/** Requests that are refused, and that nothing hidden in them is ever taken for a request. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type EchoServer, echoServer } from './testing/echo-server.ts';
import { parseAnswer, rawClient } from './testing/raw-client.ts';

const host = 'Host: a.example\r\n';
const canary = `GET /canary HTTP/1.1\r\n${host}\r\n`;
const post = (fields: string, body = '') => `POST / HTTP/1.1\r\n${host}${fields}\r\n${body}`;
const get = (fields: string) => `GET / HTTP/1.1\r\n${host}${fields}\r\n`;
const line = (text: string) => `${text}\r\n${host}\r\n`;
const chunked = (body: string) => post('Transfer-Encoding: chunked\r\n', body);

/** Name, bytes, status. Behind each of them a well-formed request is sent that must not be seen. */
const refused: readonly (readonly [string, string, number])[] = [
  ['a lone line feed after the request line', `GET / HTTP/1.1\n${host}\r\n`, 400],
  ['a lone line feed after a field', `GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n`, 400],
  ['lone line feeds everywhere', 'GET / HTTP/1.1\nHost: a\n\n', 400],
  ['a lone carriage return after the request line', `GET / HTTP/1.1\r${host}\r\n`, 400],
  ['a lone carriage return in a value', get('X: a\rb\r\n'), 400],
  ['a carriage return before CRLF', get('X: a\r\r\n'), 400],
  ['an empty line of a lone line feed', `GET / HTTP/1.1\r\n${host}\n`, 400],
  ['two empty lines before the request', `\r\n\r\nGET / HTTP/1.1\r\n${host}\r\n`, 400],
  ['a line feed before the request', `\nGET / HTTP/1.1\r\n${host}\r\n`, 400],
  ['a folded field', get('X: a\r\n b\r\n'), 400],
  ['a folded field with a tab', get('X: a\r\n\tb\r\n'), 400],
  ['a blank line before the fields', `GET / HTTP/1.1\r\n \r\n${host}\r\n`, 400],
  ['a space before the colon', get('X : a\r\n'), 400],
  ['a tab before the colon', get('X\t: a\r\n'), 400],
  ['a space before a framing colon', post('Content-Length : 5\r\n', 'hello'), 400],
  ['a field without a colon', get('nothing\r\n'), 400],
  ['a field without a name', get(': a\r\n'), 400],
  ['a bracket in a name', get('X[: a\r\n'), 400],
  ['a byte beyond ASCII in a name', get('X\xe9: a\r\n'), 400],
  ['a NUL in a name', get('X\0: a\r\n'), 400],
  ['a NUL in a value', get('X: a\0b\r\n'), 400],
  ['a bell in a value', get('X: a\x07\r\n'), 400],
  ['a DEL in a value', get('X: a\x7f\r\n'), 400],
  ['no request line', `\r\n${host}\r\n`, 400],
  ['no target', line('GET HTTP/1.1'), 400],
  ['an empty target', line('GET  HTTP/1.1'), 400],
  ['no version', line('GET /'), 400],
  ['a short version', line('GET / HTTP/1'), 400],
  ['a very short version', 'GET / X\r\n\r\n', 400],
  ['a version in lower case', line('GET / http/1.1'), 400],
  ['a blank in the version', line('GET / HTTP/ 1.1'), 400],
  ['a long version', line('GET / HTTP/1.10'), 400],
  ['a blank after the version', line('GET / HTTP/1.1 '), 400],
  ['two blanks before the version', line('GET /  HTTP/1.1'), 400],
  ['a tab in the request line', line('GET\t/ HTTP/1.1'), 400],
  ['a blank before the method', line(' GET / HTTP/1.1'), 400],
  ['a method that is no name', line('G{T / HTTP/1.1'), 400],
  ['a very long method', line(`${'A'.repeat(33)} / HTTP/1.1`), 400],
  ['HTTP/1.2', line('GET / HTTP/1.2'), 505],
  ['HTTP/0.9 with a number', line('GET / HTTP/0.9'), 505],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['a NUL in the target', line('GET /\0 HTTP/1.1'), 400],
  ['a byte beyond ASCII in the target', line('GET /caf\xe9 HTTP/1.1'), 400],
  ['a DEL in the target', line('GET /\x7f HTTP/1.1'), 400],
  ['a fragment in the target', line('GET /a#b HTTP/1.1'), 400],
  ['a backslash in the target', line('GET /a\\b HTTP/1.1'), 400],
  ['a path without a slash', line('GET a HTTP/1.1'), 400],
  ['an asterisk for GET', line('GET * HTTP/1.1'), 400],
  ['an escaped NUL in the path', line('GET /a%00 HTTP/1.1'), 400],
  ['an escaped line end in the path', line('GET /a%0d%0aX:y HTTP/1.1'), 400],
  ['a broken escape in the path', line('GET /%zz HTTP/1.1'), 400],
  ['a URL of another scheme', line('GET ftp://a/ HTTP/1.1'), 400],
  ['a URL with a user', line('GET http://u@a/ HTTP/1.1'), 400],
  ['a URL without a host', line('GET http:///a HTTP/1.1'), 400],
  ['CONNECT', line('CONNECT a.example:443 HTTP/1.1'), 400],
  ['CONNECT with a path', line('CONNECT / HTTP/1.1'), 405],
  ['TRACE', line('TRACE / HTTP/1.1'), 405],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', get('Host: a.example\r\n'), 400],
  ['two Hosts for HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['a list of Hosts', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 400],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a Host with a bad port', 'GET / HTTP/1.1\r\nHost: a:x\r\n\r\n', 400],
  ['a Host with a huge port', 'GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n', 400],
  ['equal lengths twice', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), 400],
  ['different lengths', post('Content-Length: 5\r\nContent-Length: 0\r\n'), 400],
  ['a list of lengths', post('Content-Length: 5, 5\r\n', 'hello'), 400],
  ['a length with a plus', post('Content-Length: +5\r\n', 'hello'), 400],
  ['a negative length', post('Content-Length: -1\r\n'), 400],
  ['a hexadecimal length', post('Content-Length: 0x5\r\n', 'hello'), 400],
  ['a length with an underscore', post('Content-Length: 1_0\r\n', 'helloworld'), 400],
  ['a length with leading zeros', post('Content-Length: 005\r\n', 'hello'), 400],
  ['a fractional length', post('Content-Length: 5.0\r\n', 'hello'), 400],
  ['an empty length', post('Content-Length:\r\n'), 400],
  ['a length that no number holds', post('Content-Length: 99999999999999999999\r\n'), 400],
  ['a length in other digits', post('Content-Length: \xb2\r\n'), 400],
  ['a length after a tab', post('Content-Length:\t5\r\n', 'hello'), 400],
  ['a length before a blank', post('Content-Length: 5 \r\n', 'hello'), 400],
  [
    'a length and chunks',
    post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  [
    'chunks and a length',
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    400,
  ],
  ['another coding', post('Transfer-Encoding: gzip\r\n'), 400],
  ['a coding before chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 400],
  ['a coding after chunked', post('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n'), 400],
  ['chunked twice', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), 400],
  [
    'chunked in two fields',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  ['xchunked', post('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), 400],
  ['a quoted coding', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), 400],
  ['a coding with a parameter', post('Transfer-Encoding: chunked;a=b\r\n', '0\r\n\r\n'), 400],
  ['an empty coding', post('Transfer-Encoding:\r\n'), 400],
  ['a coding after a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n'), 400],
  ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['another expectation', get('Expect: 200-ok\r\n'), 417],
  ['a size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size with a prefix', chunked('0x5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size after a blank', chunked(' 5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size before a blank', chunked('5 \r\nhello\r\n0\r\n\r\n'), 400],
  ['an empty size', chunked('\r\nhello\r\n0\r\n\r\n'), 400],
  ['a huge size', chunked('FFFFFFFFFFFFFFFF1\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size line with a lone line feed', chunked('5\nhello\r\n0\r\n\r\n'), 400],
  ['an extension with a line feed', chunked('5;a\nhello\r\n0\r\n\r\n'), 400],
  ['an extension with a carriage return', chunked('5;a\rb\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk longer than its size', chunked('5\r\nhello!\r\n0\r\n\r\n'), 400],
  ['a chunk shorter than its size', chunked('6\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk that ends in a line feed', chunked('5\r\nhello\n0\r\n\r\n'), 400],
  ['a very long extension', chunked(`5;${'a'.repeat(10_000)}\r\nhello\r\n0\r\n\r\n`), 400],
  ['very long trailers', chunked(`0\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`), 400],
  ['a very long target', line(`GET /${'a'.repeat(16 * 1024)} HTTP/1.1`), 414],
  ['a very long target that does not end', `GET /${'a'.repeat(200_000)}`, 414],
  ['a very large field', get(`X: ${'a'.repeat(64 * 1024)}\r\n`), 431],
  ['a very large field that does not end', get(`X: ${'a'.repeat(200_000)}`), 431],
  ['too many fields', get('X: a\r\n'.repeat(200)), 431],
  ['the first field begins with a blank', `GET / HTTP/1.1\r\n X: y\r\n${host}\r\n`, 400],
  ['a folded Host', 'GET / HTTP/1.1\r\nHost: a\r\n .example\r\n\r\n', 400],
  ['a folded coding', post('Transfer-Encoding:\r\n chunked\r\n', '0\r\n\r\n'), 400],
  ['a folded length', post('Content-Length:\r\n 5\r\n', 'hello'), 400],
  [
    'a coding in a fold beside a length',
    post('X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
    400,
  ],
  [
    'a space before the colon of a coding beside a length',
    post('Transfer-Encoding : chunked\r\nContent-Length: 5\r\n', 'hello'),
    400,
  ],
  ['a NUL before the name of a coding', post('\0Transfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400],
  ['a line end before the colon', post('Transfer-Encoding\r\n: chunked\r\n', '0\r\n\r\n'), 400],
  [
    'identity beside a length',
    post('Transfer-Encoding: identity\r\nContent-Length: 5\r\n', 'hello'),
    400,
  ],
  [
    'chunked, and identity in another field',
    post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', '0\r\n\r\n'),
    400,
  ],
  [
    'identity, and chunked in another field',
    post('Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  ['a comma after the coding', post('Transfer-Encoding: chunked,\r\n', '0\r\n\r\n'), 400],
  ['a comma before the coding', post('Transfer-Encoding: ,chunked\r\n', '0\r\n\r\n'), 400],
  ['two blanks before the coding', post('Transfer-Encoding:  chunked\r\n', '0\r\n\r\n'), 400],
  ['a form feed after the coding', post('Transfer-Encoding: chunked\x0c\r\n', '0\r\n\r\n'), 400],
  [
    'a no-break space before the coding',
    post('Transfer-Encoding: \xa0chunked\r\n', '0\r\n\r\n'),
    400,
  ],
  [
    'chunks and a length in HTTP/1.0',
    'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['another coding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n', 400],
  [
    'two lengths with names in different case',
    post('Content-Length: 5\r\nCONTENT-LENGTH: 6\r\n', 'hello'),
    400,
  ],
  ['a length and an empty one', post('Content-Length:\r\nContent-Length: 5\r\n', 'hello'), 400],
  ['a length with a parameter', post('Content-Length: 5;a\r\n', 'hello'), 400],
  ['a comma after the length', post('Content-Length: 5,\r\n', 'hello'), 400],
  ['a quoted length', post('Content-Length: "5"\r\n', 'hello'), 400],
  ['a length with an exponent', post('Content-Length: 1e1\r\n', 'helloworld'), 400],
  ['two numbers for a length', post('Content-Length: 5 5\r\n', 'hello'), 400],
  ['a vertical tab after the length', post('Content-Length: 5\x0b\r\n', 'hello'), 400],
  ['a length of minus nothing', post('Content-Length: -0\r\n'), 400],
  ['two zeros for a length', post('Content-Length: 00\r\n'), 400],
  ['a NUL before the request', `\0${canary}`, 400],
  ['a byte order mark', `\xef\xbb\xbf${canary}`, 400],
  ['a lone carriage return before the request', `\r${canary}`, 400],
  ['a NUL in the method', line('G\0T / HTTP/1.1'), 400],
  ['a NUL in the version', line('GET / HTTP/1.\0'), 400],
  ['a vertical tab in the request line', line('GET\x0b/ HTTP/1.1'), 400],
  ['a form feed after the version', line('GET / HTTP/1.1\x0c'), 400],
  ['two carriage returns after the version', `GET / HTTP/1.1\r\r\n${host}\r\n`, 400],
  ['a version with a leading zero', line('GET / HTTP/01.1'), 400],
  ['a version in three parts', line('GET / HTTP/1.1.1'), 400],
  ['a version with a comma', line('GET / HTTP/1,1'), 400],
  ['another protocol', line('GET / RTSP/1.0'), 400],
  ['a blank in the target', line('GET /a b HTTP/1.1'), 400],
  ['HTTP/0.9', 'GET /\r\n\r\n', 400],
  ['a slash in a name', get('X/y: z\r\n'), 400],
  ['a quoted name', get('"X": y\r\n'), 400],
  ['a URL without Host beside it', 'GET http://a.example/ HTTP/1.1\r\n\r\n', 400],
  ['a URL with a huge port', line('GET http://a:65536/ HTTP/1.1'), 400],
  ['a URL with a fragment', line('GET http://a/#b HTTP/1.1'), 400],
  ['a URL with one slash', line('GET http:/a HTTP/1.1'), 400],
  ['a URL with half an IPv6 address', line('GET http://[::1/ HTTP/1.1'), 400],
  ['a host for GET', line('GET a.example:80 HTTP/1.1'), 400],
  ['an asterisk for POST', line('POST * HTTP/1.1'), 400],
  ['an asterisk with a query', line('OPTIONS *?x HTTP/1.1'), 400],
  ['two Hosts with names in different case', get('HOST: b.example\r\n'), 400],
  ['an empty Host and another', 'GET / HTTP/1.1\r\nHost:\r\nHost: a\r\n\r\n', 400],
  ['a space before the colon of Host', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
  ...['a b', 'a?b', 'a#b', 'a\\b', 'a%00', 'a\0b', ':80', '[::1', 'http://a/', 'a:-1'].map(
    (value): readonly [string, string, number] => [
      `the Host ${JSON.stringify(value)}`,
      `GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`,
      400,
    ],
  ),
  ['two expectations', get('Expect: 100-continue, x\r\n'), 417],
  ['two expectations in two fields', get('Expect: 100-continue\r\nExpect: x\r\n'), 417],
  ['an empty expectation', get('Expect:\r\n'), 417],
  ['HTTP/3', line('GET / HTTP/3.0'), 505],
  ['a negative size', chunked('-5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size with another letter', chunked('5h\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size with an underscore', chunked('0_5\r\nhello\r\n0\r\n\r\n'), 400],
  ['a fractional size', chunked('5.0\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size with a NUL', chunked('5\0\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size line of two carriage returns', chunked('5\r\r\nhello\r\n0\r\n\r\n'), 400],
  ['a size line that ends the wrong way round', chunked('5\n\rhello\r\n0\r\n\r\n'), 400],
  ['an extension without a size', chunked(';a\r\nhello\r\n0\r\n\r\n'), 400],
  ['an extension without a semicolon', chunked('5 a\r\nhello\r\n0\r\n\r\n'), 400],
  ['an extension without a name', chunked('5;\r\nhello\r\n0\r\n\r\n'), 400],
  ['an extension with a NUL', chunked('5;a\0b\r\nhello\r\n0\r\n\r\n'), 400],
  ['a chunk that ends in a carriage return', chunked('5\r\nhello\r0\r\n\r\n'), 400],
  ['a trailer that ends in a line feed', chunked('0\r\nX: y\n\r\n'), 400],
  ['trailers that end in a line feed', chunked('0\r\n\n'), 400],
  ['a carriage return in a trailer', chunked('0\r\nX: a\rb\r\n\r\n'), 400],
  ['a trailer without a colon', chunked('0\r\nnonsense\r\n\r\n'), 400],
  ['a folded trailer', chunked('0\r\nX: y\r\n z\r\n\r\n'), 400],
  ['a request in the place of trailers', chunked(`0\r\n${canary}`), 400],
];

describe('a malformed request', () => {
  let server: EchoServer;

  before(async () => {
    server = await echoServer();
  });
  after(() => server.close());

  for (const [name, bytes, status] of refused) {
    it(`is refused and the connection closed: ${name}`, async () => {
      server.seen.length = 0;
      const client = await rawClient(server.port);
      client.send(bytes + canary);
      const { headers, ...answer } = parseAnswer(await client.untilClosed());
      assert.equal(answer.status, status, answer.body);
      assert.equal(headers['connection'], 'close');
      assert.equal(answer.body.length, Number(headers['content-length']));
      assert.equal(server.seen.includes('GET /canary'), false);
      client.socket.destroy();
    });
  }

  it('is refused as well when it arrives byte by byte', async () => {
    for (const [name, bytes, status] of refused) {
      if (bytes.length > 300) continue;
      const client = await rawClient(server.port);
      for (const byte of Buffer.from(bytes, 'latin1')) {
        client.send(Uint8Array.of(byte));
        await new Promise(setImmediate);
      }
      const answer = parseAnswer(await client.untilClosed());
      assert.equal(answer.status, status, `${name}: ${answer.body}`);
      client.socket.destroy();
    }
  });

  it('says nothing of what was sent', async () => {
    const client = await rawClient(server.port);
    client.send(get('Authorization: sk-secret\0\r\n'));
    assert.equal((await client.untilClosed()).includes('secret'), false);
    client.socket.destroy();
  });

  it('that ends before its head does is answered when the client still reads', async () => {
    const client = await rawClient(server.port);
    client.socket.end(`GET / HTTP/1.1\r\n${host}`);
    assert.equal(parseAnswer(await client.untilClosed()).status, 400);
  });

  it('is answered even when the client goes on sending for a while', async () => {
    const client = await rawClient(server.port);
    client.send('BAD\r\n\r\n');
    for (let sent = 0; sent < 50; sent++) {
      client.send('x'.repeat(10_000));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(parseAnswer(await client.untilClosed()).status, 400);
    client.socket.destroy();
  });
});

const last = `GET /last HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;

/** What looks odd and is good HTTP all the same. */
const accepted: readonly (readonly [string, string, string])[] = [
  ['an empty line before the request', `\r\n${canary}`, 'GET /canary'],
  ['an absolute target', line('GET http://other.example:81/a/b?c=d HTTP/1.1'), 'GET /a/b'],
  ['an absolute target without a path', line('GET https://other.example HTTP/1.1'), 'GET /'],
  ['an absolute target with a query only', line('GET http://other.example?a HTTP/1.1'), 'GET /'],
  ['a path with two slashes', line('GET //a HTTP/1.1'), 'GET //a'],
  ['OPTIONS of the server', line('OPTIONS * HTTP/1.1'), 'OPTIONS *'],
  ['an unknown method', line('BREW / HTTP/1.1'), 'BREW /'],
  ['an IPv6 Host', 'GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n', 'GET /'],
  ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n', 'GET /'],
  ['an upgrade, which is ignored', get('Upgrade: h2c\r\nConnection: upgrade\r\n'), 'GET /'],
  ['an empty value', get('X:\r\n'), 'GET /'],
  ['a value without a blank', get('X:y\r\n'), 'GET /'],
  ['blanks around a value', get('X: \t y \t \r\n'), 'GET /'],
  ['bytes beyond ASCII in a value', get('X: caf\xe9\r\n'), 'GET /'],
  ['an underscore in a name', get('X_y: z\r\n'), 'GET /'],
  ['chunked in another case', post('transfer-encoding: ChunKed\r\n', '0\r\n\r\n'), 'POST /'],
  ['an extension', chunked('5;a=b\r\nhello\r\n0;c\r\n\r\n'), 'POST /'],
  ['trailers', chunked('5\r\nhello\r\n0\r\nX: y\r\n\r\n'), 'POST /'],
  ['199 more fields', get('X: a\r\n'.repeat(199)), 'GET /'],
  ['a URL of another host', line('GET http://other.example/a HTTP/1.1'), 'GET /a'],
  ['a URL in capitals', line('GET HTTP://A.EXAMPLE/ HTTP/1.1'), 'GET /'],
  ['a method in lower case', line('get / HTTP/1.1'), 'get /'],
  ['a Host that ends in a dot', 'GET / HTTP/1.1\r\nHost:A.EXAMPLE.:80\r\n\r\n', 'GET /'],
  ['a WebSocket', get('Upgrade: websocket\r\nConnection: Upgrade\r\n'), 'GET /'],
  [
    'an expectation in another case',
    post('Expect: 100-Continue\r\nContent-Length: 5\r\n', 'hello'),
    'POST /',
  ],
  ['an expectation without a body', get('Expect: 100-continue\r\n'), 'GET /'],
  ['a body for GET', `GET / HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello`, 'GET /'],
  ['a body in HTTP/1.0', 'POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello', 'POST /'],
  [
    'a length that is an option of the connection',
    post('Connection: content-length\r\nContent-Length: 5\r\n', 'hello'),
    'POST /',
  ],
  [
    'other names that look like framing',
    post('Content_Length: 9\r\nX-Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', 'hello'),
    'POST /',
  ],
  ['POST without a body', post(''), 'POST /'],
  [
    'a body that looks like a request',
    post(`Content-Length: ${canary.length}\r\n`, canary),
    'POST /',
  ],
  ['any byte in a body', post('Content-Length: 5\r\n', '\n\r\n\0\n'), 'POST /'],
  ['an empty line after a body', `${post('Content-Length: 5\r\n', 'hello')}\r\n`, 'POST /'],
  ['a size in capitals', chunked('A\r\nhelloworld\r\n0\r\n\r\n'), 'POST /'],
  ['sizes with leading zeros', chunked('0005\r\nhello\r\n000\r\n\r\n'), 'POST /'],
  ['a quoted extension', chunked('5;a="b;c\\"d"\r\nhello\r\n0\r\n\r\n'), 'POST /'],
  ['a length in the trailers', chunked('0\r\nContent-Length: 5\r\n\r\n'), 'POST /'],
  ['a large field', get(`X: ${'a'.repeat(60_000)}\r\n`), 'GET /'],
  ['a long target', line(`GET /?${'a'.repeat(16_000)} HTTP/1.1`), 'GET /'],
];

describe('an odd but well-formed request', () => {
  let server: EchoServer;

  before(async () => {
    server = await echoServer();
  });
  after(() => server.close());

  for (const [name, bytes, seen] of accepted) {
    it(`is served: ${name}`, async () => {
      server.seen.length = 0;
      const client = await rawClient(server.port);
      client.send(bytes + last);
      assert.equal(parseAnswer(await client.untilClosed()).status, 200);
      // What follows is read from the right byte on.
      assert.deepEqual(server.seen, bytes.includes('HTTP/1.0') ? [seen] : [seen, 'GET /last']);
      client.socket.destroy();
    });
  }
});
