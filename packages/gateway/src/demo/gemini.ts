/** Google's generateContent, simulated. */
import {
  type Accepted,
  bundled,
  type Call,
  type Delivery,
  type Dialect,
  type Frame,
  Refusal,
  type Reply,
  type SeenRequest,
} from './dialect.ts';
import { at, isObject, type JsonObject, numberAt, objectsAt, stringAt, stringsAt } from './json.ts';
import { idOf, inputTokensOf, type Prompt, sealOf, type Tool, type ToolResult } from './model.ts';

const pathPattern = /^\/v1(?:beta)?\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

/** Thinks whether asked or not, and wants its signatures back. */
const signingModel = /^gemini-[34]/;
const thinkingModel = /^gemini-(?:2\.5|3|4)/;

/** Sent instead of a signature by those who have none. */
const BYPASS = 'skip_thought_signature_validator';

const knownFields = new Set(
  (
    'contents systemInstruction tools toolConfig safetySettings cachedContent labels ' +
    'serviceTier continuationToken store model generationConfig'
  ).split(' '),
);

const knownConfigFields = new Set(
  (
    'temperature topP topK candidateCount maxOutputTokens stopSequences presencePenalty ' +
    'frequencyPenalty seed responseMimeType responseSchema responseJsonSchema responseFormat ' +
    'responseModalities responseLogprobs logprobs mediaResolution speechConfig imageConfig ' +
    'thinkingConfig audioTimestamp enableEnhancedCivicAnswers translationConfig routingConfig'
  ).split(' '),
);

export const gemini: Dialect = {
  vendor: 'gemini',
  models: ['gemini-4-carbon', 'gemini-3.8-flash', 'gemini-3-flash-preview', 'gemini-2.5-flash'],
  read,
  whole: (reply) => chunkOf(reply, partsOf(reply), { finish: finishOf(reply) }),
  frames,
  streamType: (delivery) =>
    delivery === 'sse' ? 'text/event-stream' : 'application/json; charset=UTF-8',
  headers: () => ({ server: 'scaffolding on HTTPServer2', 'server-timing': 'gfet4t7; dur=1' }),
  failure(status, message, retryAfterSeconds) {
    const retry = {
      '@type': 'type.googleapis.com/google.rpc.RetryInfo',
      retryDelay: `${retryAfterSeconds}s`,
    };
    const details = retryAfterSeconds === undefined ? {} : { details: [retry] };
    const error = { code: status, message, status: nameOf(status), ...details };
    return new Refusal(status, { error });
  },
  failureFrame: ({ body }) => `data: ${JSON.stringify(body)}\r\n\r\n`,
};

function nameOf(status: number): string {
  const names: { readonly [status: number]: string } = {
    400: 'INVALID_ARGUMENT',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'NOT_FOUND',
    429: 'RESOURCE_EXHAUSTED',
    503: 'UNAVAILABLE',
    504: 'DEADLINE_EXCEEDED',
  };
  return names[status] ?? (status >= 500 ? 'INTERNAL' : 'FAILED_PRECONDITION');
}

function invalid(message: string): Refusal {
  return gemini.failure(400, message);
}

function read(request: SeenRequest, accepted: Accepted): Call {
  const [, encoded, method] = pathPattern.exec(request.path) ?? [];
  if (request.method !== 'POST' || encoded === undefined) {
    throw gemini.failure(404, `Requested entity was not found: ${request.path}`);
  }
  checkKey(request, accepted.key);
  const model = decodeURIComponent(encoded);
  if (!accepted.models.includes(model)) {
    throw gemini.failure(
      404,
      `models/${model} is not found for API version v1beta, or is not supported for ${method}. Call ModelService.ListModels to see the list of available models and their supported methods.`,
    );
  }
  const { body } = request;
  if (!isObject(body)) throw invalid('Invalid JSON payload received. Unexpected token.');
  checkFields(body);
  const contents = objectsAt(body, 'contents');
  checkContents(contents);
  if (signingModel.test(model)) checkSignatures(contents);
  return { prompt: promptOf(body, model), delivery: deliveryOf(request, method), body };
}

function deliveryOf(request: SeenRequest, method: string | undefined): Delivery {
  if (method === 'generateContent') return 'whole';
  return request.query.get('alt') === 'sse' ? 'sse' : 'json-array';
}

function checkKey(request: SeenRequest, key: string): void {
  const bearer = request.headers.authorization?.replace(/^Bearer /, '');
  const given = request.headers['x-goog-api-key'] ?? request.query.get('key') ?? bearer;
  if (given === key) return;
  if (given === undefined) {
    throw gemini.failure(
      403,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    );
  }
  const message = 'API key not valid. Please pass a valid API key.';
  const info = {
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'API_KEY_INVALID',
    domain: 'googleapis.com',
    metadata: { service: 'generativelanguage.googleapis.com' },
  };
  const error = { code: 400, message, status: 'INVALID_ARGUMENT', details: [info] };
  throw new Refusal(400, { error });
}

/** JSON of protocol buffers: camelCase or snake_case, and nothing that is not declared. */
function checkFields(body: JsonObject): void {
  const places = [
    { object: body, known: knownFields, place: '' },
    {
      object: at(body, 'generationConfig') ?? at(body, 'generation_config') ?? {},
      known: knownConfigFields,
      place: " at 'generation_config'",
    },
  ];
  for (const { object, known, place } of places) {
    const names = isObject(object) ? Object.keys(object) : [];
    const unknown = names.find((name) => !known.has(camelCase(name)));
    if (unknown === undefined) continue;
    throw invalid(
      `Invalid JSON payload received. Unknown name "${unknown}"${place}: Cannot find field.`,
    );
  }
}

/** Turns alternate as they must, no part is empty, and calls get as many responses. */
function checkContents(contents: readonly JsonObject[]): void {
  if (contents.length === 0)
    throw invalid('* GenerateContentRequest.contents: contents is not specified');
  let calls = 0;
  for (const [index, content] of contents.entries()) {
    const role = stringAt(content, 'role') ?? 'user';
    if (role !== 'user' && role !== 'model') throw invalid('Please use a valid role: user, model.');
    if (index === 0 && role === 'model') {
      throw invalid('Please ensure that single turn requests end with a user role.');
    }
    const parts = objectsAt(content, 'parts');
    if (parts.length === 0 || parts.some(isEmpty)) {
      throw invalid(
        `* GenerateContentRequest.contents[${index}].parts: required oneof field 'data' must have one initialized field`,
      );
    }
    const responses = parts.filter((part) => field(part, 'functionResponse') !== undefined);
    if (responses.length !== calls) {
      throw invalid(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
    }
    calls = parts.filter((part) => field(part, 'functionCall') !== undefined).length;
  }
  if (calls > 0) {
    throw invalid('Please ensure that function call turn is followed by a function response turn.');
  }
}

function isEmpty(part: JsonObject): boolean {
  const signed = field(part, 'thoughtSignature') !== undefined;
  const carriers = ['text', 'inlineData', 'fileData', 'functionCall', 'functionResponse'];
  const others = ['executableCode', 'codeExecutionResult', 'toolCall', 'toolResponse'];
  const found = [...carriers, ...others].find((name) => field(part, name) !== undefined);
  return found === undefined || (found === 'text' && part['text'] === '' && !signed);
}

/** The first call of each model turn since the user's last words must carry its signature. */
function checkSignatures(contents: readonly JsonObject[]): void {
  const current = contents.slice(lastAsked(contents) + 1);
  for (const content of current.filter((turn) => turn['role'] === 'model')) {
    const part = objectsAt(content, 'parts').find(
      (one) => field(one, 'functionCall') !== undefined,
    );
    if (part === undefined) continue;
    const signature = stringOf(part, 'thoughtSignature');
    const name = stringAt(field(part, 'functionCall'), 'name') ?? '';
    if (signature === undefined) {
      throw invalid(
        `Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. Additional data, function call \`default_api:${name}\` , position 1.`,
      );
    }
    const decoded = Buffer.from(signature, 'base64').toString();
    if (signature === BYPASS || decoded === BYPASS) continue;
    if (!decoded.startsWith('simulated gemini ')) throw invalid('Thought signature is not valid');
  }
}

function promptOf(body: JsonObject, model: string): Prompt {
  const contents = objectsAt(body, 'contents');
  const asked = lastAsked(contents);
  const config = field(body, 'generationConfig');
  const thinking = field(config, 'thinkingConfig');
  const budget = numberAt(thinking, 'thinkingBudget') ?? numberAt(thinking, 'thinking_budget');
  const parts = objectsAt(contents[asked], 'parts');
  const isJson = stringOf(config, 'responseMimeType') === 'application/json';
  const schema = field(config, 'responseJsonSchema') ?? field(config, 'responseSchema');
  return {
    model,
    system: textOf(field(body, 'systemInstruction')),
    ask: textOf(contents[asked]),
    attachments: parts.filter(
      (part) => (field(part, 'inlineData') ?? field(part, 'fileData')) !== undefined,
    ).length,
    results: resultsIn(contents.slice(asked + 1)),
    ...toolsOf(body),
    parallel: true,
    announces: false,
    thinks: thinkingModel.test(model) && budget !== 0,
    schema: schema ?? (isJson ? true : undefined),
    outputTokensMax:
      numberAt(config, 'maxOutputTokens') ?? numberAt(config, 'max_output_tokens') ?? Infinity,
    stops: stringsAt(field(config, 'stopSequences')),
    inputTokens: inputTokensOf(field(body, 'systemInstruction'), contents, body['tools']),
  };
}

function toolsOf(body: JsonObject): {
  readonly tools: readonly Tool[];
  readonly toolMode: Prompt['toolMode'];
} {
  const declared = objectsAt(body, 'tools').flatMap((tool) => {
    const declarations = field(tool, 'functionDeclarations');
    return Array.isArray(declarations) ? declarations.filter(isObject) : [];
  });
  const tools = declared.map((tool) => ({
    name: stringAt(tool, 'name') ?? '',
    schema: field(tool, 'parametersJsonSchema') ?? at(tool, 'parameters'),
  }));
  const config = field(field(body, 'toolConfig'), 'functionCallingConfig');
  const allowed = stringsAt(field(config, 'allowedFunctionNames'));
  const mode = stringAt(config, 'mode');
  return {
    tools: allowed.length > 0 ? tools.filter(({ name }) => allowed.includes(name)) : tools,
    toolMode: mode === 'ANY' ? 'required' : mode === 'NONE' ? 'none' : 'auto',
  };
}

/** The turn with the user's newest words; turns that only hold responses are no words. */
function lastAsked(contents: readonly JsonObject[]): number {
  return contents.findLastIndex((turn) => turn['role'] !== 'model' && textOf(turn) !== '');
}

function resultsIn(contents: readonly JsonObject[]): readonly ToolResult[] {
  const responses = contents
    .flatMap((content) => objectsAt(content, 'parts'))
    .map((part) => field(part, 'functionResponse'))
    .filter(isObject);
  return responses.map((response) => {
    const value = at(response, 'response');
    const output = at(value, 'output') ?? at(value, 'result') ?? value;
    const text = typeof output === 'string' ? output : JSON.stringify(output ?? {});
    return { name: stringAt(response, 'name') ?? '', output: text };
  });
}

function textOf(content: unknown): string {
  const parts = objectsAt(content, 'parts').filter((part) => part['thought'] !== true);
  return parts.flatMap((part) => stringAt(part, 'text') ?? []).join('');
}

/** A field by its camelCase name, whichever way it was written. */
function field(object: unknown, name: string): unknown {
  return at(object, name) ?? at(object, snakeCase(name));
}

function stringOf(object: unknown, name: string): string | undefined {
  const found = field(object, name);
  return typeof found === 'string' ? found : undefined;
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Thoughts are told only to those who ask. */
function includesThoughts(reply: Reply): boolean {
  const thinking = field(field(reply.call.body, 'generationConfig'), 'thinkingConfig');
  return field(thinking, 'includeThoughts') === true;
}

function partsOf(reply: Reply): readonly JsonObject[] {
  const { answer } = reply;
  const thoughts = includesThoughts(reply) ? answer.reasoning.join('') : '';
  const text = answer.text.join('');
  const seal = answer.calls.length === 0 ? sealFor(reply) : {};
  return [
    ...(thoughts === '' ? [] : [{ text: thoughts, thought: true }]),
    ...(text === '' ? [] : [{ text, ...seal }]),
    ...callParts(reply),
  ];
}

/** Of several calls only the first is signed. */
function callParts(reply: Reply): readonly JsonObject[] {
  return reply.answer.calls.map(({ name, input }, index) => {
    const functionCall = { name, args: input, id: idOf('', reply.count * 100 + index, 8) };
    return { functionCall, ...(index === 0 && sealFor(reply)) };
  });
}

function sealFor(reply: Reply): JsonObject {
  if (!signingModel.test(reply.call.prompt.model)) return {};
  return { thoughtSignature: sealOf('gemini', reply.answer.reasoning.join('')) };
}

function* frames(reply: Reply): Generator<Frame> {
  const { answer, call } = reply;
  const write = framing(call.delivery);
  const told = includesThoughts(reply);
  // What is thought in silence takes its time all the same.
  let silent = told ? 0 : answer.reasoning.length;
  let thoughts = told ? 0 : answer.reasoning.length;
  let spoken = 0;
  const chunk = (parts: readonly JsonObject[], tokens: number, finish?: string): Frame => {
    const spent = tokens + silent;
    silent = 0;
    return { text: write(chunkOf(reply, parts, { finish, spoken, thoughts })), tokens: spent };
  };
  for (const { text, tokens } of told ? bundled(answer.reasoning, 12) : []) {
    thoughts += tokens;
    yield chunk([{ text, thought: true }], tokens);
  }
  for (const { text, tokens } of bundled(answer.text, 5)) {
    spoken += tokens;
    yield chunk([{ text }], tokens);
  }
  spoken = answer.tokens.output - answer.tokens.reasoning;
  const calls = callParts(reply);
  if (calls.length > 0) yield chunk(calls, 4 * calls.length);
  const seal = calls.length === 0 ? sealFor(reply) : {};
  yield chunk([{ text: '', ...seal }], 0, finishOf(reply));
  if (call.delivery === 'json-array') yield { text: ']', tokens: 0 };
}

/** Events, or the elements of one JSON array. */
function framing(delivery: Delivery): (chunk: JsonObject) => string {
  if (delivery === 'sse') return (chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`;
  let opening = '[';
  return (chunk) => {
    const text = `${opening}${JSON.stringify(chunk, undefined, 2)}\n`;
    opening = ',\r\n';
    return text;
  };
}

interface Progress {
  readonly finish: string | undefined;
  /** Tokens so far; all of them when absent. */
  readonly spoken?: number;
  readonly thoughts?: number;
}

function chunkOf(reply: Reply, parts: readonly JsonObject[], progress: Progress): JsonObject {
  const { tokens } = reply.answer;
  const thoughts = progress.thoughts ?? tokens.reasoning;
  const spoken = progress.spoken ?? tokens.output - tokens.reasoning;
  const usageMetadata = {
    promptTokenCount: tokens.input,
    ...(spoken > 0 && { candidatesTokenCount: spoken }),
    totalTokenCount: tokens.input + spoken + thoughts,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: tokens.input }],
    ...(thoughts > 0 && { thoughtsTokenCount: thoughts }),
  };
  const finish = progress.finish === undefined ? {} : { finishReason: progress.finish };
  return {
    candidates: [{ content: { parts, role: 'model' }, ...finish, index: 0 }],
    usageMetadata,
    modelVersion: reply.call.prompt.model,
    responseId: idOf('', reply.count, 23),
  };
}

function finishOf({ answer }: Reply): string {
  return answer.finish === 'length' ? 'MAX_TOKENS' : 'STOP';
}
