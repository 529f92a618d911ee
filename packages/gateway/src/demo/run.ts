/** The demonstration: the real gateway between bare clients and simulated providers, nothing hidden. */
import { once } from 'node:events';
import { type Gateway, startGateway } from '../app.ts';
import { nowMs, nowSeconds } from '../lib/clock.ts';
import { defaultSettings } from '../model/settings.ts';
import { type Piece, type Received, send } from './client.ts';
import {
  DEMO_KEY,
  type SeenRequest,
  type SimulatedProvider,
  startProvider,
  type Vendor,
} from './provider.ts';
import { type ClientRequest, chat, generate, messages, type Scene, scenes } from './scenes.ts';
import { abridged, createScreen, type Screen, type Style } from './screen.ts';

export interface DemoOptions {
  readonly output: NodeJS.WritableStream & { readonly columns?: number };
  /** Tokens a second of the simulated providers; 0 for no waiting. */
  readonly pace?: number;
}

interface Stage {
  readonly gateway: Gateway;
  readonly providers: { readonly [vendor in Vendor]: SimulatedProvider };
  readonly close: () => Promise<void>;
}

const names: { readonly [vendor in Vendor]: string } = {
  openai: 'OpenAI',
  anthropic: 'Anthropic',
  gemini: 'Gemini',
};

/** How each kind of output is shown, and what stands before it. */
const kinds: {
  readonly [kind in Piece['kind']]: { readonly style: Style; readonly mark: string };
} = {
  text: { style: 'green', mark: '' },
  reasoning: { style: 'magenta', mark: '(thinking) ' },
  call: { style: 'yellow', mark: '(tool call) ' },
};

const HOST = '127.0.0.1';

/** Runs every scene; tells whether all of them went well. */
export async function runDemo({ output, pace = 45 }: DemoOptions): Promise<boolean> {
  const screen = createScreen(output);
  const stage = await prepareStage({ pace, proxyPort: 0 });
  const startedMs = nowMs();
  const played: Received[] = [];
  try {
    screen.line(
      screen.paint('bold', 'Dragoman between three clients and three simulated providers'),
    );
    screen.line(
      `One endpoint, http://${HOST}:${stage.gateway.proxyPort}; no key, no network, nothing paid.`,
    );
    for (const [index, scene] of scenes.entries()) {
      played.push(...(await play(screen, stage, { scene, number: index + 1 })));
    }
  } finally {
    await stage.close();
  }
  const seconds = ((nowMs() - startedMs) / 1000).toFixed(1);
  const failures = played.filter(({ status }) => status !== 200).length;
  screen.line();
  if (failures > 0) {
    const summary = `${failures} of ${played.length} exchanges failed, in ${seconds} s.`;
    screen.line(screen.paint('red', summary));
    return false;
  }
  const summary = `${played.length} exchanges, all nine pairs of client and provider, in ${seconds} s.`;
  screen.line(`${screen.paint('green', summary)} Try it yourself: npm run demo -- --serve`);
  return true;
}

async function play(
  screen: Screen,
  stage: Stage,
  { scene, number }: { readonly scene: Scene; readonly number: number },
): Promise<readonly Received[]> {
  const title = `${number}  ${names[scene.client]} client → ${names[scene.provider]} (${scene.model})`;
  screen.line();
  screen.line(`${screen.paint('bold', title)}  ${screen.paint('dim', scene.point)}`);
  const first = await show(screen, stage, { scene, request: scene.request });
  if (scene.followUp === undefined || first.status !== 200) return [first];
  const second = await show(screen, stage, { scene, request: scene.followUp(first.body) });
  return [first, second];
}

async function show(
  screen: Screen,
  stage: Stage,
  { scene, request }: { readonly scene: Scene; readonly request: ClientRequest },
): Promise<Received> {
  const provider = stage.providers[scene.provider];
  const seenBefore = provider.seen.length;
  screen.row('client sends', `POST ${request.path}`, 'cyan');
  screen.row('', abridged(request.body));
  const answer = answerRows(screen, () => showSeen(screen, provider.seen[seenBefore], request));
  const received = await send(
    `http://${HOST}:${stage.gateway.proxyPort}`,
    { client: scene.client, request },
    answer.write,
  );
  answer.end();
  if (received.status !== 200) {
    showSeen(screen, provider.seen[seenBefore], request);
    screen.row('client gets', abridged(received.body), 'red');
  }
  screen.row('', summaryOf(received), 'dim');
  if (received.losses !== undefined) screen.row('not carried', received.losses, 'yellow');
  return received;
}

/** Rows that grow with the answer, a new one for each kind of output. */
function answerRows(
  screen: Screen,
  begun: () => void,
): { readonly write: (piece: Piece) => void; readonly end: () => void } {
  let row: ReturnType<Screen['openRow']> | undefined;
  let current: Piece['kind'] | undefined;
  return {
    write({ kind, text }) {
      if (row === undefined) begun();
      if (kind !== current) {
        row?.end();
        row = screen.openRow(current === undefined ? 'client gets' : '');
        row.write(kinds[kind].mark, 'dim');
        current = kind;
      }
      row?.write(text, kinds[kind].style);
    },
    end: () => row?.end(),
  };
}

function showSeen(screen: Screen, seen: SeenRequest | undefined, sent: ClientRequest): void {
  if (seen === undefined) return;
  const query = seen.query.size > 0 ? `?${seen.query.toString()}` : '';
  screen.row('provider sees', `${seen.method} ${seen.path}${query}  ${credentials(seen)}`, 'cyan');
  const isSame = seen.text === JSON.stringify(sent.body);
  screen.row('', isSame ? 'the same body, byte for byte' : abridged(seen.body));
}

/** The headers that differ between vendors, without what is secret in them. */
function credentials({ headers }: SeenRequest): string {
  const shown = [];
  if (headers.authorization !== undefined) shown.push('authorization: Bearer ***');
  if (headers['x-api-key'] !== undefined) shown.push('x-api-key: ***');
  if (headers['x-goog-api-key'] !== undefined) shown.push('x-goog-api-key: ***');
  const version = headers['anthropic-version'];
  if (version !== undefined) shown.push(`anthropic-version: ${String(version)}`);
  return shown.join(', ');
}

function summaryOf({ status, events, firstMs, totalMs }: Received): string {
  const total = `${Math.round(totalMs)} ms`;
  if (events === 0) return `${status}, one JSON body, ${total}`;
  return `${status}, ${events} events, the first after ${Math.round(firstMs)} ms, all in ${total}`;
}

/** Keeps gateway and providers running until the process is told to stop. */
export async function serveDemo(options: DemoOptions & { readonly port: number }): Promise<void> {
  const screen = createScreen(options.output);
  const stage = await prepareStage({
    pace: options.pace ?? 45,
    proxyPort: options.port,
    onRequest: (vendor, { method, path }) => screen.line(`${names[vendor]} sees ${method} ${path}`),
  });
  const url = `http://${HOST}:${stage.gateway.proxyPort}`;
  screen.line(screen.paint('bold', `The gateway with simulated providers answers on ${url}`));
  screen.line(`Key: ${DEMO_KEY}. Models, each from every client:`);
  for (const provider of Object.values(stage.providers)) {
    screen.row(names[provider.vendor], provider.models.join(', '));
  }
  screen.line('Base URLs for SDKs:');
  screen.row('OpenAI', `${url}/v1`);
  screen.row('Anthropic', url);
  screen.row('Gemini', url);
  screen.line('Or with curl:');
  for (const request of [
    chat('claude-sonnet-5-5'),
    messages('gemini-3.8-flash'),
    generate('gpt-5.4-mini', true),
  ]) {
    screen.line(`\n${curlOf(url, request)}`);
  }
  screen.line(`\nWatch it: npm start -- top --url http://${HOST}:${stage.gateway.metricsPort}`);
  screen.line('Ctrl-C ends it.\n');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await stage.close();
}

function curlOf(url: string, request: ClientRequest): string {
  const headers = { 'content-type': 'application/json', ...request.headers };
  return [
    `curl -N '${url}${request.path}'`,
    ...Object.entries(headers).map(([name, value]) => `  -H '${name}: ${value}'`),
    `  -d '${JSON.stringify(request.body)}'`,
  ].join(' \\\n');
}

interface StageOptions {
  readonly pace: number;
  readonly proxyPort: number;
  readonly onRequest?: (vendor: Vendor, request: SeenRequest) => void;
}

async function prepareStage({ pace, proxyPort, onRequest }: StageOptions): Promise<Stage> {
  const start = (vendor: Vendor): Promise<SimulatedProvider> =>
    startProvider(vendor, {
      pace,
      now: nowSeconds,
      onRequest: (request) => onRequest?.(vendor, request),
    });
  const [openai, anthropic, gemini] = await Promise.all([
    start('openai'),
    start('anthropic'),
    start('gemini'),
  ]);
  const providers = { openai, anthropic, gemini };
  const closeProviders = async (): Promise<void> => {
    await Promise.all(Object.values(providers).map((provider) => provider.close()));
  };
  const address = ({ port }: SimulatedProvider) => ({ domain: HOST, port, tls: false });
  try {
    const gateway = await startGateway({
      ...defaultSettings,
      host: HOST,
      proxyPort,
      metricsPort: 0,
      logLevel: 'error',
      workers: 1,
      upstreams: {
        openai: address(openai),
        anthropic: address(anthropic),
        gemini: address(gemini),
      },
    });
    const close = async (): Promise<void> => {
      await gateway.close();
      await closeProviders();
    };
    return { gateway, providers, close };
  } catch (cause) {
    await closeProviders();
    throw cause;
  }
}
