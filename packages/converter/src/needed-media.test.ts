/** Media by address, where the target takes bytes alone: they are named, and taken in. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  anthropicMessages,
  ConversionError,
  createTranslator,
  type FetchedMedia,
  type Format,
  gemini,
  type JsonObject,
  MediaNeeded,
  openaiChat,
  openaiResponses,
} from './index.ts';

const cat = 'https://example.com/cat.png';
const report = 'https://example.com/report.pdf?signature=abc';

function chat(...content: readonly JsonObject[]): JsonObject {
  return { model: 'm', messages: [{ role: 'user', content }] };
}

function image(url: string): JsonObject {
  return { type: 'image_url', image_url: { url } };
}

interface Wish {
  readonly from?: Format;
  readonly to: Format;
  readonly body: JsonObject;
  readonly media?: ReadonlyMap<string, FetchedMedia>;
}

function translate({ from = openaiChat, to, body, media }: Wish): JsonObject {
  const translator = createTranslator({
    client: from,
    upstream: to,
    body,
    call: from === gemini ? { model: 'm' } : {},
    upstreamModel: to === gemini ? 'gemini-2.5-flash' : 'gpt-4o',
    media,
    environment: { newId: (prefix) => `${prefix}1`, nowSeconds: () => 0 },
  });
  assert.deepEqual(translator.request.losses, []);
  return translator.request.value;
}

function refusal(wish: Wish): ConversionError {
  try {
    translate(wish);
  } catch (cause) {
    if (cause instanceof ConversionError) return cause;
    throw cause;
  }
  return assert.fail('it was not refused');
}

function needs(wish: Wish): MediaNeeded['media'] {
  const refused = refusal(wish);
  assert.ok(refused instanceof MediaNeeded, refused.message);
  return refused.media;
}

const png = { mimeType: 'image/png', data: 'iVBORw0KGgo=' };
const pdf = { mimeType: 'application/pdf', data: 'JVBERi0xLjc=' };

describe('media by address', () => {
  it('are all named at once, with their places in the client’s request', () => {
    const body = chat(
      { type: 'text', text: 'Compare.' },
      image(cat),
      image('data:image/png;base64,iVBORw0KGgo='),
      image(report),
    );
    assert.deepEqual(needs({ to: gemini, body }), [
      { url: cat, media: 'image', path: 'messages[0].content[1]' },
      { url: report, media: 'image', path: 'messages[0].content[3]' },
    ]);
  });

  it('are refused in words that a client understands where nobody fetches them', () => {
    const { error } = refusal({ to: gemini, body: chat(image(cat)) });
    assert.equal(error.status, 400);
    assert.equal(error.param, 'messages[0].content[0]');
    assert.match(error.message, /base64/);
  });

  it('go to Gemini as data, whatever the client took them for', () => {
    const media = new Map([
      [cat, png],
      [report, pdf],
    ]);
    const sent = translate({ to: gemini, body: chat(image(cat), image(report)), media });
    assert.deepEqual(sent['contents'], [
      { role: 'user', parts: [{ inlineData: png }, { inlineData: pdf }] },
    ]);
  });

  it('are named where only some are there', () => {
    const body = chat(image(cat), image(report));
    const [left, ...others] = needs({ to: gemini, body, media: new Map([[cat, png]]) });
    assert.deepEqual([left?.url, others], [report, []]);
  });

  it('are found in results of tools', () => {
    const body = {
      model: 'm',
      max_tokens: 9,
      messages: [
        { role: 'user', content: 'Draw.' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'draw', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: [{ type: 'image', source: { type: 'url', url: cat } }],
            },
          ],
        },
      ],
      tools: [{ name: 'draw', input_schema: { type: 'object' } }],
    };
    const [found] = needs({ from: anthropicMessages, to: gemini, body });
    assert.deepEqual(found, {
      url: cat,
      media: 'image',
      path: 'messages[2].content[0].content[0]',
    });
  });

  it('go to Chat Completions by address where they are images, and as files where they are documents', () => {
    const body = {
      model: 'm',
      max_tokens: 9,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'url', url: cat } },
            { type: 'document', source: { type: 'url', url: report }, title: 'Report' },
          ],
        },
      ],
    };
    const wish = { from: anthropicMessages, to: openaiChat, body };
    assert.deepEqual(
      needs(wish).map(({ url }) => url),
      [report],
    );
    // The image was fetched for another target; this one reads its address.
    const media = new Map([
      [cat, png],
      [report, pdf],
    ]);
    assert.deepEqual(translate({ ...wish, media })['messages'], [
      {
        role: 'user',
        content: [
          image(cat),
          {
            type: 'file',
            file: { filename: 'Report', file_data: 'data:application/pdf;base64,JVBERi0xLjc=' },
          },
        ],
      },
    ]);
  });

  it('go to Chat Completions as sound and to Anthropic as text', () => {
    const sound = 'https://example.com/a.wav';
    const notes = 'https://example.com/notes.txt';
    const parts = (fileUri: string, mimeType: string): JsonObject => ({
      contents: [{ role: 'user', parts: [{ fileData: { fileUri, mimeType } }] }],
    });
    const heard = translate({
      from: gemini,
      to: openaiChat,
      body: parts(sound, 'audio/wav'),
      media: new Map([[sound, { mimeType: 'audio/wav', data: 'UklGRg==' }]]),
    });
    assert.deepEqual(heard['messages'], [
      {
        role: 'user',
        content: [{ type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } }],
      },
    ]);
    const read = translate({
      from: gemini,
      to: anthropicMessages,
      body: { ...parts(notes, 'text/plain'), generationConfig: { maxOutputTokens: 9 } },
      media: new Map([[notes, { mimeType: 'text/plain', data: 'w7w=' }]]),
    });
    assert.match(JSON.stringify(read['messages']), /"media_type":"text\/plain","data":"ü"/);
  });

  it('are not asked for where their address is read, or nothing would be', () => {
    const byAddress = JSON.stringify(translate({ to: anthropicMessages, body: chat(image(cat)) }));
    assert.match(byAddress, /"url":"https:\/\/example.com\/cat.png"/);
    assert.doesNotThrow(() => translate({ to: openaiResponses, body: chat(image(cat)) }));
    const ofGoogle = 'https://www.youtube.com/watch?v=x';
    const video = { type: 'video_url', video_url: { url: ofGoogle } };
    assert.match(JSON.stringify(translate({ to: gemini, body: chat(video) })), /fileUri/);
    const strange: readonly Wish[] = [
      { to: gemini, body: chat(image('ftp://example.com/cat.png')) },
      { to: anthropicMessages, body: chat({ type: 'video_url', video_url: { url: cat } }) },
    ];
    for (const wish of strange) assert.equal(refusal(wish) instanceof MediaNeeded, false);
  });

  it('are not asked for when the request would be refused all the same', () => {
    const body = { ...chat(image(cat)), tools: [{ type: 'mystery' }] };
    assert.equal(refusal({ to: gemini, body }) instanceof MediaNeeded, false);
  });
});
