/** An upstream that says all that it was told again, in good answers and in bad ones. */
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
  'error',
] as const;

export type Trick = (typeof tricks)[number];

export const echoScript: Script = (response, { body, path, headers }) => {
  const text = body.toString();
  const [, trick = ''] = /"model":"(?:gpt|claude)-([a-z-]+)"/.exec(text) ?? [];
  const told = `${headers.authorization ?? String(headers['x-api-key'])} ${text}`;
  const answer = (status: number, type: string, words: string): void => {
    response.writeHead(status, { 'content-type': type });
    response.end(words);
  };
  const refuse = (status: number): void => {
    const error = { type: 'api_error', message: `no: ${told}`, code: 'refused', param: told };
    answer(status, 'application/json', JSON.stringify({ type: 'error', error }));
  };
  switch (trick) {
    case 'refuse-key':
      return refuse(401);
    case 'refuse-request':
      return refuse(400);
    case 'limit':
      return refuse(429);
    case 'break':
      return refuse(500);
    case 'reset':
      response.destroy();
      return;
    case 'redirect':
      response.writeHead(302, {
        location: `http://elsewhere.example/?${encodeURIComponent(text)}`,
      });
      response.end();
      return;
    case 'garble':
      return answer(200, 'application/json', `{"choices":[${text.slice(0, -1)}`);
    case 'page':
      return answer(200, 'text/html', `<h1>${text}</h1>`);
    default:
      return serve(response, { isChat: path.endsWith('/chat/completions'), text, trick });
  }
};

interface Service {
  readonly isChat: boolean;
  readonly text: string;
  readonly trick: string;
}

function serve(response: Parameters<Script>[0], { isChat, text, trick }: Service): void {
  if (isChat && /"stream":\s*true/.test(text)) return stream(response, { text, trick });
  response.writeHead(200, { 'content-type': 'application/json' });
  if (trick === 'cut') {
    response.write(`{"said":${JSON.stringify(text)}`);
    setTimeout(() => response.destroy(), 20);
  } else if (isChat) {
    const [choice] = answers.chat.choices;
    const message = { ...choice.message, content: text };
    response.end(JSON.stringify({ ...answers.chat, choices: [{ ...choice, message }] }));
  } else {
    response.end(JSON.stringify({ ...answers.messages, content: [{ type: 'text', text }] }));
  }
}

function stream(
  response: Parameters<Script>[0],
  { text, trick }: Pick<Service, 'text' | 'trick'>,
): void {
  sse(response);
  response.write(chatStream.start + chatStream.text(text));
  if (trick === 'leave') return;
  if (trick === 'cut') setTimeout(() => response.destroy(), 20);
  else if (trick === 'error')
    response.end(
      `data: ${JSON.stringify({ error: { message: text, type: text, code: null } })}\n\n`,
    );
  else response.end(chatStream.finish + chatStream.done);
}
