/** The ids of an answer are read while its bytes pass, wherever they are cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldStream } from './hold-stream.ts';
import { notingIds } from './response-homes.ts';

const whole = {
  type: 'whole',
  status: 200,
  headers: {},
  contentType: 'application/json',
  usage: undefined,
  losses: [],
} as const;

function idsIn(body: string): readonly string[] {
  const found: string[] = [];
  notingIds({ ...whole, body: Buffer.from(body) }, (id) => found.push(id));
  return found;
}

test('a whole answer tells its id and its first item’s, and one without any tells nothing', () => {
  const items = '[ {"type":"reasoning", "id": "rs_1", "summary":[]}, {"id":"msg_1"}]';
  const told = ['resp_1', 'rs_1'];
  assert.deepEqual(idsIn(`{ "id" : "resp_1", "output": ${items}}`), told);
  const instructions = 'x'.repeat(200_000);
  assert.deepEqual(
    idsIn(`{"id":"resp_1","instructions":"${instructions}","output":${items}}`),
    told,
  );
  assert.deepEqual(idsIn('{"previous_response_id":"resp_0","output":[]}'), []);
});

test('what is quoted, or described in a schema, is no item', () => {
  const schema =
    '{"output":{"id":{"type":"string"}},"item":{"properties":{"id":{"type":"string"}}}}';
  const text = '"output":[{"id":"a"}]'.replaceAll('"', '\\"');
  const body = `{"id":"resp_1","tools":[${schema}],"instructions":"${text}","output":[]}`;
  assert.deepEqual(idsIn(body), ['resp_1']);
});

test('a stream tells its ids once each, and its bytes stay as they are', () => {
  const text =
    'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n' +
    'event: response.output_item.added\ndata: {"output_index":0,"item":{"id":"msg_1","type":"message"}}\n\n' +
    'event: response.completed\ndata: {"response":{"id":"resp_1"}}\n\n';
  for (let cut = 0; cut < text.length; cut += 1) {
    const pieces = [text.slice(0, cut), text.slice(cut)].map((piece) => Buffer.from(piece));
    const found: string[] = [];
    const seen: string[] = [];
    const stream: HeldStream = {
      source: {
        contentType: '',
        state: () => 'begun',
        error: () => undefined,
        usage: () => undefined,
        sample: () => undefined,
        isOver: () => false,
        push: () => '',
        end: () => '',
        fail: () => '',
        keepAlive: () => '',
      },
      sink: { data() {}, end() {}, fail() {} },
      commit() {},
      start: (flow) => pieces.forEach(flow.write),
      call: () => undefined,
      firstOutputAtMs: () => undefined,
      betweenOutputsMs: () => undefined,
    };
    const answer = notingIds({ type: 'stream', status: 200, headers: {}, stream }, (id) =>
      found.push(id),
    );
    if (answer.type === 'stream')
      answer.stream.start({ write: (piece) => seen.push(String(piece)), done() {} });
    assert.equal(seen.join(''), text);
    assert.deepEqual(found, ['resp_1', 'msg_1']);
  }
});
