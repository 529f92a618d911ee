import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaPart } from '../ir/part.ts';
import {
  adaptFor,
  assistant,
  call,
  claude45,
  gemini3,
  gemini25,
  gpt4o,
  look,
  result,
  text,
  user,
} from './testing/fixtures.ts';

const image: MediaPart = {
  type: 'media',
  media: 'image',
  mimeType: 'image/png',
  source: { type: 'base64', data: 'AA==' },
};

test('images of tool results stand beside them for Gemini before 3 (CLIProxyAPI#1682)', () => {
  const turns = [
    user('a'),
    assistant(call('1'), call('2')),
    user(
      result('1', '', { content: [text('seen'), image] }),
      result('2', '', { content: [image] }),
      'b',
    ),
  ];
  const { request, lost } = adaptFor(gemini25, { turns, tools: [look] });
  assert.deepEqual(
    request.turns[2],
    user(
      result('1', 'seen'),
      result('2', '[the media follow the tool results]'),
      image,
      image,
      'b',
    ),
  );
  assert.deepEqual(lost, [
    'tool-result-media turns[2].parts[0] weakened order hint',
    'tool-result-media turns[2].parts[1] weakened order hint',
  ]);
  assert.deepEqual(adaptFor(gemini3, { turns, tools: [look] }).request.turns[2], turns[2]);
  assert.deepEqual(adaptFor(claude45, { turns, tools: [look] }).request.turns[2], turns[2]);
});

test('how closely to look is left out where it cannot be said', () => {
  const turns = [user({ ...image, detail: 'low' }, { ...image, detail: 'auto' })];
  const { request, lost } = adaptFor(claude45, { turns });
  assert.deepEqual(request.turns, [user(image, image)]);
  assert.deepEqual(lost, ['image-detail turns[0].parts[0].detail dropped unsupported hint']);
  for (const target of [gpt4o, gemini3]) {
    assert.deepEqual(adaptFor(target, { turns }).request.turns, turns);
  }
});
