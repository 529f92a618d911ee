import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cellsOf } from './cells.ts';
import { lineText } from './lines.ts';
import { figuresOf } from './measure.ts';
import {
  ageText,
  bytesText,
  countText,
  dollarsText,
  latencyText,
  shareText,
} from './quantities.ts';
import type { View } from './summary.ts';
import { earlierPage, laterPage, SECONDS, scrapeOf } from './testing/pages.ts';
import { liveFrame, plainFrame } from './view.ts';

const sizes = [1, 2, 5, 12, 24, 60].flatMap((rows) =>
  [1, 20, 40, 80, 100, 200].map((columns) => ({ columns, rows })),
);

function viewOf(page: string, also: Partial<View> = {}): View {
  return {
    url: 'http://gateway.example:9090/metrics',
    figures: figuresOf(scrapeOf(earlierPage, 0), scrapeOf(page, SECONDS * 1_000)),
    nowUnixMs: (1_700_000_000 + 3 * 3_600 + 720) * 1_000,
    intervalSeconds: 2,
    ...also,
  };
}

function textOf(view: View, columns = 120): string {
  const lines = plainFrame(view, columns).map((line) => lineText(line, columns, false).trimEnd());
  return `${lines.join('\n')}\n`;
}

describe('a frame', () => {
  it('shows the gateway, its channels, models and keys', () => {
    assert.equal(
      textOf(viewOf(laterPage)),
      `Dragoman 1.2.3   http://gateway.example:9090/metrics   up 3h 12m   rates over 10.0s
Requests    ended 10.0/s   errors 20.0%   refused 20.0%   in flight 8   rate limited 0.30/s   retries 2.00/s
Tokens      in 100/s   out 220/s   from cache 50.0%   cost $180/h
1st output  p50 500ms   p95 950ms   p99 990ms
Between     p50 10.0ms   p95 19.0ms   p99 19.8ms
Process     degraded redis   workers 4   replaced 1   lag 250ms   memory 100 MiB   cpu 20.0%

CHANNEL       STATE  RUN  REQ/S  TOK IN/S  TOK OUT/S  1ST P95  COST/H  ATTEMPTS
spare         open     1   2.00         0        200        –      $0  5xx 2.00/s
main          ok       7   6.00       100       20.0    950ms    $180  ok 6.00/s, 429 0.50/s
none          –        0   2.00         0          0        –      $0

MODEL         REQ/S  TOK IN/S  TOK OUT/S  1ST P95  COST/H
claude         2.00         0        200        –      $0
gpt-4o         6.00       100       20.0    950ms    $180
other          2.00         0          0        –      $0

KEY           REQ/S  TOK IN/S  TOK OUT/S  BUDGET USED  COST/H
team-b         2.00         0        200            –      $0
team-a         6.00       100       20.0        93.0%    $180
none           2.00         0          0            –      $0
`,
    );
  });

  it('fills a terminal of any size exactly', () => {
    const silence = { sinceUnixMs: 1_700_000_000_000, reason: 'connect ECONNREFUSED' };
    const views = [
      viewOf(laterPage),
      viewOf(laterPage, { silence, isPaused: true }),
      viewOf(laterPage, { isHelpShown: true }),
    ];
    for (const { columns, rows } of sizes) {
      for (const view of views) {
        const lines = liveFrame(view, { columns, rows });
        const cells = lines.map((line) => cellsOf(lineText(line, columns, false)));
        assert.deepEqual(
          cells,
          Array.from({ length: rows }, () => columns),
          `${columns}x${rows}`,
        );
      }
    }
  });

  it('keeps what matters most where there is little room, and says how much is left out', () => {
    const many = Array.from(
      { length: 40 },
      (_, index) =>
        `dragoman_channel_breaker_open{channel="c${index}"} ${index === 30 ? 1 : 0}\nhttp_requests_total{channel="c${index}",model="m${index}",key="k${index}",status="200"} 1\n`,
    ).join('');
    const lines = liveFrame(viewOf(laterPage + many), { columns: 80, rows: 24 }).map((line) =>
      lineText(line, 80, false).trimEnd(),
    );
    const text = lines.join('\n');
    assert.match(text, /^spare +open/m);
    assert.match(text, /^c30 +open/m);
    for (const head of ['CHANNEL', 'MODEL', 'KEY'])
      assert.match(text, new RegExp(`^${head} `, 'm'));
    assert.equal(text.match(/^… and \d+ more$/gm)?.length, 3);
    assert.match(textOf(viewOf(laterPage + many)), /^… and 34 more$/m);
    const narrow = textOf(viewOf(laterPage), 40);
    assert.match(narrow, /^CHANNEL +STATE/m);
    assert.doesNotMatch(narrow, /1ST P95.*ATTEMPTS/);
  });

  it('has the channels where there is no room for more', () => {
    const textIn = (rows: number): string =>
      liveFrame(viewOf(laterPage), { columns: 60, rows })
        .map((line) => lineText(line, 60, false).trimEnd())
        .join('\n');
    assert.match(textIn(14), /^spare +open/m);
    assert.match(textIn(15), /^spare +open.*\n… and 2 more$/m);
    assert.doesNotMatch(textIn(15), /^(MODEL|KEY)/m);
    assert.match(textIn(40), /^KEY/m);
  });

  it('never gives the terminal what a label, an address or an error holds', () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e';
    const page = laterPage
      .replaceAll('"main"', `"${evil}"`)
      .replaceAll('"gpt-4o"', `"${evil}\\n"`)
      .replaceAll('"team-a"', `"${evil}\\n\u2028"`)
      .replaceAll('"redis"', `"${evil}"`)
      .replaceAll('"429"', `"${evil}"`)
      .replaceAll('"1.2.3"', `"${evil}"`);
    const view = viewOf(page, {
      url: evil,
      silence: { sinceUnixMs: 1_700_000_000_000, reason: evil },
    });
    const lines = liveFrame(view, { columns: 150, rows: 40 });
    const plain = lines.map((line) => lineText(line, 150, false)).join('');
    assert.match(plain, /owned/);
    assert.doesNotMatch(plain, /[\p{Cc}\p{Cf}\p{Zl}]/u);
    const painted = lines.map((line) => lineText(line, 150, true)).join('');
    // oxlint-disable-next-line no-control-regex -- colours begin with one
    assert.doesNotMatch(painted.replaceAll(/\u001b\[\d+m/g, ''), /[\p{Cc}\p{Cf}\p{Zl}]/u);
  });

  it('tells since when a gateway does not answer, and why', () => {
    const view = viewOf(laterPage, {
      silence: { sinceUnixMs: 1_700_011_000_000, reason: 'connect ECONNREFUSED' },
    });
    assert.match(
      textOf(view),
      /^No answer since 01:16:40Z \(8m 40s\), tried every 2s: connect ECONNREFUSED$/m,
    );
  });

  it('shows no rates that nobody measured', () => {
    const only = scrapeOf(laterPage, 0);
    const text = textOf({ ...viewOf(laterPage), figures: figuresOf(only, only) });
    assert.match(text, /measuring/);
    assert.match(text, /ended –/);
    assert.match(text, /in flight 8/);
    assert.match(text, /^main +ok +7 +–/m);
  });

  it('says in its help that a request counts when it ends', () => {
    const lines = liveFrame(viewOf(laterPage, { isHelpShown: true }), { columns: 80, rows: 40 });
    const text = lines.map((line) => lineText(line, 80, false).trimEnd()).join('\n');
    assert.match(text, /A request counts when it ends/);
    assert.match(text, /tokens of a long stream\s+come at its end/);
    assert.doesNotMatch(text, /CHANNEL/);
  });
});

describe('a quantity', () => {
  it('has three digits and a unit, and a little is never nothing', () => {
    assert.deepEqual(
      [0, 0.004, 0.5, 9.994, 42, 99.96, 9_994, 9_995, 999_499, 999_500, 12e6, 3e9].map(countText),
      [
        '0',
        '<0.01',
        '0.50',
        '9.99',
        '42.0',
        '100',
        '9994',
        '10.0k',
        '999k',
        '1.00M',
        '12.0M',
        '3.00G',
      ],
    );
    assert.deepEqual([0, 0.001, 3.5].map(dollarsText), ['$0', '<$0.01', '$3.50']);
    assert.deepEqual([undefined, 0, 1].map(shareText), ['–', '0%', '100%']);
    assert.deepEqual([0.0004, 0.9996, 75].map(latencyText), ['0.40ms', '1.00s', '75.0s']);
    assert.deepEqual([5e6, 5e9].map(bytesText), ['4.77 MiB', '4.66 GiB']);
    assert.deepEqual([0, 59, 61, 90_000].map(ageText), ['0s', '59s', '1m 1s', '1d 1h']);
  });
});
