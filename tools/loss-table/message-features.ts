/** What the messages of a request may hold, apart from tools: conversation and media. */
import { type Feature, geminiUser, someBytes, user } from './probe.ts';

const hello = { role: 'user', content: 'Hello' };
const modelHello = { role: 'user', parts: [{ text: 'Hello' }] };
const text = { type: 'text', text: 'Look' };

const conversation: readonly Feature[] = [
  {
    group: 'Conversation',
    name: 'system instructions',
    in: {
      'openai-chat': { messages: [{ role: 'system', content: 'Be brief' }, hello] },
      'anthropic-messages': { system: 'Be brief' },
      gemini: { systemInstruction: { parts: [{ text: 'Be brief' }] } },
    },
  },
  {
    group: 'Conversation',
    name: 'system message in mid-conversation',
    in: {
      'openai-chat': { messages: [hello, { role: 'system', content: 'Be brief' }, hello] },
      'anthropic-messages': { messages: [hello, { role: 'system', content: 'Be brief' }, hello] },
    },
  },
  {
    group: 'Conversation',
    name: 'names of authors',
    in: {
      'openai-chat': {
        messages: [
          { ...hello, name: 'ann' },
          { ...hello, name: 'bob' },
        ],
      },
    },
  },
  {
    group: 'Conversation',
    name: 'beginning of the answer given',
    in: {
      'openai-chat': { messages: [hello, { role: 'assistant', content: 'Well' }] },
      'anthropic-messages': { messages: [hello, { role: 'assistant', content: 'Well' }] },
      gemini: { contents: [modelHello, { role: 'model', parts: [{ text: 'Well' }] }] },
    },
  },
];

const media: readonly Feature[] = [
  {
    group: 'Media',
    name: 'image, base64',
    in: {
      'openai-chat': user(text, {
        type: 'image_url',
        image_url: { url: `data:image/png;base64,${someBytes}` },
      }),
      'anthropic-messages': user(text, {
        type: 'image',
        source: { type: 'base64', media_type: 'image/png', data: someBytes },
      }),
      gemini: geminiUser({ inlineData: { mimeType: 'image/png', data: someBytes } }),
    },
  },
  {
    group: 'Media',
    name: 'image, URL',
    in: {
      'openai-chat': user(text, {
        type: 'image_url',
        image_url: { url: 'https://example.com/a.png' },
      }),
      'anthropic-messages': user(text, {
        type: 'image',
        source: { type: 'url', url: 'https://example.com/a.png' },
      }),
      gemini: geminiUser({
        fileData: { mimeType: 'image/png', fileUri: 'https://example.com/a.png' },
      }),
    },
  },
  {
    group: 'Media',
    name: 'image detail',
    in: {
      'openai-chat': user(text, {
        type: 'image_url',
        image_url: { url: `data:image/png;base64,${someBytes}`, detail: 'low' },
      }),
      gemini: geminiUser({
        inlineData: { mimeType: 'image/png', data: someBytes },
        mediaResolution: { level: 'MEDIA_RESOLUTION_LOW' },
      }),
    },
  },
  {
    group: 'Media',
    name: 'PDF, base64',
    in: {
      'openai-chat': user(text, {
        type: 'file',
        file: { file_data: `data:application/pdf;base64,${someBytes}` },
      }),
      'anthropic-messages': user(text, {
        type: 'document',
        source: { type: 'base64', media_type: 'application/pdf', data: someBytes },
      }),
      gemini: geminiUser({ inlineData: { mimeType: 'application/pdf', data: someBytes } }),
    },
  },
  {
    group: 'Media',
    name: 'name of a document',
    in: {
      'openai-chat': user(text, {
        type: 'file',
        file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${someBytes}` },
      }),
      'anthropic-messages': user(text, {
        type: 'document',
        title: 'a.pdf',
        source: { type: 'base64', media_type: 'application/pdf', data: someBytes },
      }),
      gemini: geminiUser({
        inlineData: { mimeType: 'application/pdf', data: someBytes, displayName: 'a.pdf' },
      }),
    },
  },
  {
    group: 'Media',
    name: 'PDF, URL',
    in: {
      'anthropic-messages': user(text, {
        type: 'document',
        source: { type: 'url', url: 'https://example.com/a.pdf' },
      }),
      gemini: geminiUser({
        fileData: { mimeType: 'application/pdf', fileUri: 'https://example.com/a.pdf' },
      }),
    },
  },
  {
    group: 'Media',
    name: 'plain text document',
    in: {
      'anthropic-messages': user(text, {
        type: 'document',
        source: { type: 'text', media_type: 'text/plain', data: 'Once' },
      }),
      gemini: geminiUser({ inlineData: { mimeType: 'text/plain', data: 'T25jZQ==' } }),
    },
  },
  {
    group: 'Media',
    name: 'audio',
    in: {
      'openai-chat': user(text, {
        type: 'input_audio',
        input_audio: { data: someBytes, format: 'wav' },
      }),
      gemini: geminiUser({ inlineData: { mimeType: 'audio/wav', data: someBytes } }),
    },
  },
  {
    group: 'Media',
    name: 'video',
    in: { gemini: geminiUser({ inlineData: { mimeType: 'video/mp4', data: someBytes } }) },
  },
  {
    group: 'Media',
    name: 'file by its id',
    in: {
      'openai-chat': user(text, { type: 'file', file: { file_id: 'file-1' } }),
      'anthropic-messages': user(text, {
        type: 'document',
        source: { type: 'file', file_id: 'file_1' },
      }),
      gemini: geminiUser({
        fileData: {
          mimeType: 'application/pdf',
          fileUri: 'https://generativelanguage.googleapis.com/v1beta/files/a1',
        },
      }),
    },
  },
];

export const messageFeatures: readonly Feature[] = [...conversation, ...media];
