/** Recorded hostile requests of others, where they are at hand: conformance probes and parser cases. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type EchoServer, echoServer } from './testing/echo-server.ts';
import { parseAnswer, rawClient } from './testing/raw-client.ts';

const folder = join(import.meta.dirname, '../../../../../shared/corpora');
const missing = existsSync(folder)
  ? false
  : 'the corpora are absent: put them into ../shared/corpora, beside the repository';

interface ProbeCase {
  readonly id: string;
  readonly category: string;
  readonly expected: string;
  readonly scored: boolean;
  readonly rawRequest: string;
}

interface ParserCase {
  readonly title: string;
  readonly meta: string;
  readonly http: string;
  readonly error: readonly (readonly [string, string])[];
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

interface Seen {
  /** 0: none. */
  readonly status: number;
  readonly isClosed: boolean;
}

const ANSWER_MS_MAX = 400;

async function ask(port: number, request: string): Promise<Seen> {
  const client = await rawClient(port);
  const closed = client.untilClosed().catch(() => undefined);
  client.send(request);
  const answered = client.until(/\r\n\r\n/).catch(() => undefined);
  await Promise.race([answered, new Promise((resolve) => setTimeout(resolve, ANSWER_MS_MAX))]);
  const { status, headers } = parseAnswer(client.text());
  if (headers['connection'] === 'close') await closed;
  const isClosed = client.socket.readableEnded;
  client.socket.destroy();
  return { status: Number.isNaN(status) ? 0 : status, isClosed };
}

type Verdict = 'pass' | 'warn' | 'fail';

/** `400 or 2xx`: what comes first is right, what comes after it is tolerated. */
function judge(expected: string, { status, isClosed }: Seen): Verdict {
  if (expected === '!101') return status === 101 ? 'fail' : 'pass';
  if (expected === '2xx + close') return fits('2xx', status) && isClosed ? 'pass' : 'fail';
  if (status === 0) return expected.includes(isClosed ? 'close' : 'timeout') ? 'pass' : 'fail';
  const [first = '', ...others] = expected.replaceAll(/ \(\w+\)/g, '').split(/ or |, /);
  if (fits(first, status)) return 'pass';
  return others.some((other) => fits(other, status)) ? 'warn' : 'fail';
}

function fits(alternatives: string, status: number): boolean {
  return alternatives
    .split('/')
    .some((one) => (one === '2xx' ? status >= 200 && status < 300 : one === String(status)));
}

/** Tolerated and not first choice, each for a reason. */
const tolerated = new Set([
  // A proxy's clients may send absolute targets; RFC 9112, 3.2.2, asks servers to take them.
  'COMP-ABSOLUTE-FORM',
]);

const RECORDED_MAX = 8_192;

/** The recording keeps the first 8 KiB of what was 100 KB, and a question mark for a byte beyond ASCII. */
function asSent(recorded: string): string {
  return recorded.length < RECORDED_MAX
    ? recorded.replace('caf??', 'caf\xc3\xa9')
    : recorded.padEnd(100_000, recorded.slice(-1));
}

describe('the recorded conformance probes', { skip: missing }, () => {
  let server: EchoServer;

  before(async () => {
    server = await echoServer();
  });
  after(() => server.close());

  it('fail nowhere, and are passed by all but the named exceptions', async () => {
    const verdicts: Record<Verdict, string[]> = { pass: [], warn: [], fail: [] };
    const { cases } = read('http11probe.json') as { readonly cases: readonly ProbeCase[] };
    for (const { id, expected, scored, rawRequest } of cases) {
      const seen = await ask(server.port, asSent(rawRequest));
      const verdict = judge(expected, seen);
      if (scored || verdict === 'fail') verdicts[verdict].push(id);
    }
    assert.deepEqual(verdicts.fail, []);
    assert.deepEqual(
      verdicts.warn.filter((id) => !tolerated.has(id)),
      [],
    );
    assert.ok(verdicts.pass.length / (verdicts.pass.length + verdicts.warn.length) >= 115 / 125);
  });
});

/** Not refused but ignored, as RFC 9110, 7.8, allows: this server upgrades to nothing. */
const UPGRADE_PAUSE = '22';
/** Methods are names here; whoever serves a path knows which of them it has. */
const otherProtocolMethod = 'HTTP protocol and ANNOUNCE method';

describe('the recorded requests that a strict parser refuses', { skip: missing }, () => {
  let server: EchoServer;

  before(async () => {
    server = await echoServer();
  });
  after(() => server.close());

  it('are not answered as if they were good', async () => {
    const all = read('llhttp-cases.json') as { readonly cases: readonly ParserCase[] };
    const cases = all.cases.filter(
      ({ title, meta, error }) =>
        /"type": ?"request"/.test(meta) &&
        !meta.includes('"pause"') &&
        error.length > 0 &&
        error[0]?.[0] !== UPGRADE_PAUSE &&
        title !== otherProtocolMethod,
    );
    assert.ok(cases.length > 20);
    for (const { title, http } of cases) {
      server.seen.length = 0;
      const { status } = await ask(server.port, withHost(bytesOf(http)));
      assert.ok(status === 0 || status >= 400, `${title}: ${status}`);
    }
  });
});

/** Its notation: line ends are CRLF, others are escaped, a backslash at the end joins lines. */
function bytesOf(http: string): string {
  return http
    .replaceAll(/\\\r?\n/g, '')
    .replaceAll(/\r\n|\n/g, '\r\n')
    .replaceAll('\\r', '\r')
    .replaceAll('\\n', '\n')
    .replaceAll('\\t', '\t')
    .replaceAll('\\f', '\f')
    .replaceAll(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
}

/** The parser of these cases asks for no Host; without one they would be refused for that alone. */
function withHost(request: string): string {
  return /\nhost:/i.test(request) ? request : request.replace('\r\n', '\r\nHost: a.example\r\n');
}
