/** Splicing one member in raw JSON text leaves everything else as it was. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { memberSpan, spliceMember } from './splice.ts';

const check = (text: string, expected: string | undefined): void => {
  assert.equal(spliceMember(text, 'model', 'new'), expected);
};

describe('spliceMember', () => {
  it('replaces the top-level member only', () => {
    check(
      '{"a":{"model":"x"},"model":"old","b":["model","y"]}',
      '{"a":{"model":"x"},"model":"new","b":["model","y"]}',
    );
  });

  it('keeps white space, number spelling and key order', () => {
    check(
      '{ "10" : 1.0,\n "2": 1e400 , "model" :\t"old" }',
      '{ "10" : 1.0,\n "2": 1e400 , "model" :\t"new" }',
    );
  });

  it('replaces every duplicate', () => {
    check('{"model":"a","x":-0,"model":"b"}', '{"model":"new","x":-0,"model":"new"}');
  });

  it('reads escapes in keys and strings', () => {
    check('{"mod\\u0065l":"a\\"}","z":"\\\\"}', '{"mod\\u0065l":"new","z":"\\\\"}');
  });

  it('replaces values of other types whole', () => {
    check('{"model":{"a":[1,"}"]},"x":1}', '{"model":"new","x":1}');
  });

  it('does not take a string value for a key', () => {
    check('{"a":"model","b":"model"}', undefined);
  });

  it('changes nothing else in any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (object, model) => {
        const text = JSON.stringify({ ...object, model: 'old' });
        const expected = JSON.stringify({ ...object, model });
        assert.equal(spliceMember(text, 'model', model), expected);
      }),
    );
  });
});

describe('memberSpan', () => {
  const found = (text: string): string | undefined => {
    const span = memberSpan(text, 'output');
    return span && text.slice(span.start, span.end);
  };

  it('finds the value of the top-level member only', () => {
    assert.equal(
      found('{"a":{"output":1},"output" : [{"output":"]"}] ,"b":2}'),
      '[{"output":"]"}]',
    );
    assert.equal(found('{"a":{"output":1},"b":"output"}'), undefined);
  });

  it('takes the last of several, as parsers do', () => {
    assert.equal(found('{"output":"a","output":"b"}'), '"b"');
  });
});
