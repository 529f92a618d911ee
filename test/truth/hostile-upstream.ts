/** An upstream that answers as the name of the model says, well or badly, and tells keys of channels back. */
import { answers, chatStream, type Script, sse } from '../e2e/scripted-upstream.ts';

export const tricks = [
  'serve',
  'leave',
  'refuse-key',
  'refuse-request',
  'limit',
  'break',
  'reset',
  'redirect',
  'garble',
  'page',
  'cut',
] as const;

export type Trick = (typeof tricks)[number];

export const hostileScript: Script = (response, { body, path, headers }) => {
  const text = body.toString();
  const trick = /"model":"gpt-([a-z-]+)"/.exec(text)?.[1] ?? /\/gemini-([a-z-]+):/.exec(path)?.[1];
  // Of a channel: who sends a key of its own may be told what it sent.
  const key = headers.authorization ?? 'yours';
  const refuse = (status: number, message: string): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ type: 'error', error: { type: 'api_error', message } }));
  };
  switch (trick) {
    case 'refuse-key':
      return refuse(401, `Incorrect API key provided: ${key}`);
    case 'refuse-request':
      return refuse(400, 'temperature: too hot');
    case 'limit':
      return refuse(429, 'slow down');
    case 'break':
      return refuse(500, 'broken');
    case 'reset':
      response.destroy();
      return;
    case 'redirect':
      response.writeHead(302, { location: `http://elsewhere.example/?key=${key}` });
      response.end();
      return;
    case 'garble':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"choices":[');
      return;
    case 'page':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<h1>welcome</h1>');
      return;
    default:
      return serve(response, { path, isCut: trick === 'cut', text });
  }
};

interface Service {
  readonly path: string;
  readonly isCut: boolean;
  readonly text: string;
}

function serve(response: Parameters<Script>[0], { path, isCut, text }: Service): void {
  const isChat = path.endsWith('/chat/completions');
  if (isChat && /"stream":\s*true/.test(text)) {
    sse(response);
    response.write(chatStream.start + chatStream.text('hello'));
    if (isCut) setTimeout(() => response.destroy(), 20);
    else response.end(chatStream.finish + chatStream.done);
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  if (isCut) response.write('{');
  if (isCut) response.destroy();
  else if (isChat) response.end(JSON.stringify(answers.chat));
  else if (path.endsWith('/messages')) response.end(JSON.stringify(answers.messages));
  else response.end(JSON.stringify(answers.gemini));
}
