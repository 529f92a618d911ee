import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { it } from 'node:test';
import { runDemo } from './run.ts';
import { scenes } from './scenes.ts';

it('plays every pair of client and provider, and each of them goes well', async () => {
  const output = new PassThrough();
  const printed = text(output);
  const isGood = await runDemo({ output, pace: 0 });
  output.end();
  const shown = await printed;
  assert.equal(isGood, true, shown);
  for (const { point } of scenes) assert.ok(shown.includes(point), point);
  assert.equal(shown.match(/the same body, byte for byte/g)?.length, 3);
  assert.match(shown, /get_weather says: 21 °C, sunny/);
  assert.doesNotMatch(shown, /demo-key/);
  assert.ok(!shown.includes('\u001B'), 'no colours where there is no terminal');
});
