/** One field of a form: found however the bytes are cut, and never where others would read another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boundaryOf, createFieldFinder, type FormField } from './form-field.ts';

function fieldIn(body: string, sizes: number): FormField | undefined {
  const finder = createFieldFinder('model', 'b');
  const bytes = Buffer.from(body);
  for (let at = 0; at < bytes.length; at += sizes) finder.push(bytes.subarray(at, at + sizes));
  assert.ok(finder.isOver());
  return finder.found();
}

const part = (headers: string, value: string): string => `--b\r\n${headers}\r\n\r\n${value}\r\n`;
const named = (name: string, value: string): string =>
  part(`Content-Disposition: form-data; name=${name}`, value);
const file = part(
  'content-disposition: form-data; name="file"; filename="model"\r\ncontent-type: audio/mpeg',
  'x\r\n--a\r\nname="model"\r\n\r\nno\r\n--',
);
const end = '--b--\r\n';

const forms: readonly (readonly [string, string | undefined])[] = [
  [named('"model"', 'gpt-4o') + file + end, 'gpt-4o'],
  [file + named('"model"', 'gpt-4o') + end, 'gpt-4o'],
  [named('model', 'modèle') + end, 'modèle'],
  [named('"mo\\del"', 'm') + end, 'm'],
  [named('"model"', '') + end, ''],
  [`--b\r\n\r\nno headers\r\n${named('"model"', 'm')}${end}`, 'm'],
  [`before\r\n${named('"model"', 'm')}${end}behind\r\n${named('"model"', 'n')}`, 'm'],
  [named('"model"', 'm').replace('Content-Disposition:', 'CONTENT-DISPOSITION:') + end, 'm'],
  [named('"models"', 'm') + named('"the model"', 'n') + end, undefined],
  [
    `--b\r\ncontent-disposition: form-data; name="empty"\r\n\r\n${named('"model"', 'm')}${end}`,
    'm',
  ],
  [file + end, undefined],
  [end, undefined],
];

test('a field is found however the bytes are cut, with its place', () => {
  for (const [body, value] of forms)
    for (let sizes = 1; sizes <= body.length; sizes += 1) {
      const found = fieldIn(body, sizes);
      assert.equal(found?.value, value, `${JSON.stringify(body)} in pieces of ${sizes}`);
      if (found === undefined) continue;
      const bytes = Buffer.from(body).subarray(found.start, found.end);
      assert.equal(bytes.toString(), value);
    }
});

test('what could be read in another way is refused', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [named('"model"', 'a') + named('"model"', 'b') + end, /given twice/],
    [named('"model"', 'a') + file + named('model', 'b') + end, /given twice/],
    ['--b \r\n', /does not end its line/],
    ['--b\ncontent-disposition: form-data; name="model"\n\na\n--b--\n', /does not end its line/],
    [`--b\r\n${'x: y\r\n'.repeat(4_000)}`, /too long/],
    [named('"model"', 'a'.repeat(2_000)) + end, /name of a model/],
  ];
  for (const [body, reason] of cases) {
    assert.throws(() => fieldIn(body, body.length), reason);
    assert.throws(() => fieldIn(body, 1), reason);
  }
});

test('a form that is not there, or whose end is not, has no last boundary', () => {
  for (const body of ['', 'hello', '--c\r\n', '--b\r', '\r\n--b', named('"model"', 'm')]) {
    const finder = createFieldFinder('model', 'b');
    finder.push(Buffer.from(body));
    assert.equal(finder.isOver(), false, body);
  }
});

test('the boundary is told by the type, and a form without one is refused', () => {
  const rows: readonly (readonly [string | undefined, string | undefined])[] = [
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data;charset=utf-8; BOUNDARY="a b:c"', 'a b:c'],
    ['application/json', undefined],
    ['multipart/form-data-like', undefined],
    [undefined, undefined],
  ];
  for (const [type, boundary] of rows) assert.equal(boundaryOf(type), boundary, type);
  const broken = ['', '; boundary=', '; boundary=""', `; boundary=${'a'.repeat(71)}`];
  for (const rest of broken)
    assert.throws(() => boundaryOf(`multipart/form-data${rest}`), /boundary/, rest);
});
