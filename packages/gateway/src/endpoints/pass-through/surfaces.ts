/** What passes through beside generation: a row each, by path, whose it is, and what it counts for. */
import {
  anthropicMessages,
  type Format,
  gemini,
  openaiChat,
  openaiResponses,
} from 'ai-api-converter';
import type { UpstreamMethod } from '../../model/http.ts';

export interface Surface {
  /** In metrics, log and usage; for keys and limits it is the model where none is named. */
  readonly name: string;
  /** Of clients and of the providers that have it; errors are in it. */
  readonly format: Format;
  readonly methods: readonly SurfaceMethod[];
  /** Behind the base of the API; `{id}` is one segment. */
  readonly path: string;
  /** What it costs: tokens of a model; something that nobody can see; or nothing. */
  readonly costs: 'tokens' | 'unseen' | 'nothing';
  /** Undefined: it names no model, and goes to the same channel every time. */
  readonly model?: ModelPlace;
}

export type SurfaceMethod = UpstreamMethod | 'POST';

/** It is the member of a JSON body, or the field of a form, that is called `model`. */
interface ModelPlace {
  /** What the vendor takes where it is not there; undefined: it has to be. */
  readonly otherwise?: string;
  /** Its answer is text, which can be counted where no usage is told. */
  readonly answersText?: boolean;
}

const GET = ['GET'] as const;
const POST = ['POST'] as const;
const GET_POST = ['GET', 'POST'] as const;
const GET_DELETE = ['GET', 'DELETE'] as const;

const openai = { format: openaiChat, methods: POST, costs: 'tokens' } as const;
const images = { ...openai, name: 'openai-images', model: { otherwise: 'dall-e-2' } } as const;
const audio = { ...openai, name: 'openai-audio' } as const;
const heard = { ...audio, model: { answersText: true } } as const;
const files = { format: openaiChat, name: 'openai-files', costs: 'nothing' } as const;
const batches = { format: openaiChat, name: 'openai-batches', costs: 'nothing' } as const;
const responses = {
  format: openaiResponses,
  name: 'openai-responses-stored',
  costs: 'nothing',
} as const;
const claudeBatches = {
  format: anthropicMessages,
  name: 'anthropic-batches',
  costs: 'nothing',
} as const;
const claudeFiles = {
  format: anthropicMessages,
  name: 'anthropic-files',
  costs: 'nothing',
} as const;
const googleFiles = { format: gemini, name: 'gemini-files', costs: 'nothing' } as const;
const googleCaches = { format: gemini, name: 'gemini-caches', costs: 'nothing' } as const;
const googleBatches = { format: gemini, name: 'gemini-batches', costs: 'nothing' } as const;

export const surfaces: readonly Surface[] = [
  { ...openai, name: 'openai-completions', path: '/completions', model: { answersText: true } },
  { ...images, path: '/images/generations' },
  { ...images, path: '/images/edits' },
  { ...images, path: '/images/variations' },
  { ...audio, path: '/audio/speech', model: {} },
  { ...heard, path: '/audio/transcriptions' },
  { ...heard, path: '/audio/translations' },
  {
    ...openai,
    name: 'openai-moderations',
    path: '/moderations',
    costs: 'nothing',
    model: { otherwise: 'omni-moderation-latest' },
  },
  { ...openai, name: 'rerank', path: '/rerank', model: {} },
  { ...files, methods: GET_POST, path: '/files' },
  { ...files, methods: GET_DELETE, path: '/files/{id}' },
  { ...files, methods: GET, path: '/files/{id}/content' },
  { ...files, methods: POST, path: '/uploads' },
  { ...files, methods: POST, path: '/uploads/{id}/parts' },
  { ...files, methods: POST, path: '/uploads/{id}/complete' },
  { ...files, methods: POST, path: '/uploads/{id}/cancel' },
  { ...batches, methods: GET, path: '/batches' },
  { ...batches, methods: POST, path: '/batches', costs: 'unseen' },
  { ...batches, methods: GET, path: '/batches/{id}' },
  { ...batches, methods: POST, path: '/batches/{id}/cancel' },
  {
    ...responses,
    name: 'openai-responses-compact',
    methods: POST,
    path: '/responses/compact',
    costs: 'tokens',
    model: { answersText: true },
  },
  { ...responses, methods: GET_DELETE, path: '/responses/{id}' },
  { ...responses, methods: POST, path: '/responses/{id}/cancel' },
  { ...responses, methods: GET, path: '/responses/{id}/input_items' },
  { ...claudeBatches, methods: GET, path: '/messages/batches' },
  { ...claudeBatches, methods: POST, path: '/messages/batches', costs: 'unseen' },
  { ...claudeBatches, methods: GET_DELETE, path: '/messages/batches/{id}' },
  { ...claudeBatches, methods: POST, path: '/messages/batches/{id}/cancel' },
  { ...claudeBatches, methods: GET, path: '/messages/batches/{id}/results' },
  { ...claudeFiles, methods: GET_POST, path: '/files' },
  { ...claudeFiles, methods: GET_DELETE, path: '/files/{id}' },
  { ...claudeFiles, methods: GET, path: '/files/{id}/content' },
  { ...googleFiles, methods: GET_POST, path: '/files' },
  { ...googleFiles, methods: GET_DELETE, path: '/files/{id}' },
  { ...googleFiles, methods: ['POST', 'PUT'], path: '/upload/files' },
  { ...googleCaches, methods: GET, path: '/cachedContents' },
  { ...googleCaches, methods: POST, path: '/cachedContents', costs: 'unseen' },
  { ...googleCaches, methods: ['GET', 'PATCH', 'DELETE'], path: '/cachedContents/{id}' },
  { ...googleBatches, methods: POST, path: '/models/{id}:batchGenerateContent', costs: 'unseen' },
  { ...googleBatches, methods: GET, path: '/batches' },
  { ...googleBatches, methods: ['GET', 'POST', 'DELETE'], path: '/batches/{id}' },
];

/** The path as vendors document it, with `{id}` in the place of what clients choose. */
export function pathPatternOf({ format, path }: Pick<Surface, 'format' | 'path'>): string {
  if (format !== gemini) return `/v1${path}`;
  return path.startsWith('/upload/') ? path.replace('/upload', '/upload/v1beta') : `/v1beta${path}`;
}
