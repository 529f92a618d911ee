/** What is gathered in pieces is whole in the end, and its length is known at any time. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { allGathered, createGatheredText, gather } from './gathered-text.ts';

it('gives all that was gathered, in order', () => {
  const pieces = fc.array(fc.oneof(fc.string({ maxLength: 6 }), fc.string({ minLength: 300 })));
  fc.assert(
    fc.property(pieces, (texts) => {
      const gathered = createGatheredText();
      let whole = '';
      for (const text of texts) {
        gather(gathered, text);
        whole += text;
        assert.equal(gathered.length, whole.length);
        assert.equal(allGathered(gathered), whole);
      }
    }),
  );
});
