/** Plays the scenes in every dialect, as strictly as the vendors do. */
import type { ServerResponse } from 'node:http';
import { type ScriptedUpstream, scriptedUpstream, sse } from '../../e2e/scripted-upstream.ts';
import { type JsonObject, objectOf, parseJson, textOf } from '../../replay/json.ts';
import type { Asked, Dialect, ErrorStatus } from '../dialects/dialect.ts';
import { dialects, type UpstreamFormat } from '../dialects/index.ts';
import { react, refusals } from './scenes.ts';

export interface SceneProvider {
  readonly format: UpstreamFormat;
  readonly upstream: ScriptedUpstream;
  /** What it was asked since the last call of this. */
  takeAsked(): readonly Asked[];
}

export async function startSceneProvider(format: UpstreamFormat): Promise<SceneProvider> {
  const dialect = dialects[format];
  const upstream = await scriptedUpstream();
  let seen: Asked[] = [];
  const kept = new Map<string, JsonObject>();
  upstream.answer((response, { body, path, headers }) => {
    const status = statusOf(headers);
    if (status !== undefined) return refuse(response, { dialect, status });
    const given = objectOf(parseJson(body.toString()));
    const request = dialect.recall?.(given, kept) ?? given;
    const asked = dialect.read(request, path);
    seen.push(asked);
    const reaction = dialect.problem(request) ?? react(asked);
    if (typeof reaction === 'string')
      return refuse(response, { dialect, status: 400, message: reaction });
    for (const item of dialect.keeps?.(reaction) ?? []) kept.set(textOf(item['id']), item);
    if (!asked.streams) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(dialect.whole(reaction)));
      return;
    }
    sse(response);
    for (const piece of dialect.stream(reaction)) response.write(piece);
    response.end();
  });
  return {
    format,
    upstream,
    takeAsked() {
      const taken = seen;
      seen = [];
      return taken;
    },
  };
}

/** Keys that it refuses say so: `refused-429-…`. */
function statusOf(headers: object): ErrorStatus | undefined {
  const found = /refused-(?<status>400|401|429)/.exec(JSON.stringify(headers));
  return ([400, 401, 429] as const).find((status) => String(status) === found?.groups?.['status']);
}

interface Refused {
  readonly dialect: Dialect;
  readonly status: ErrorStatus;
  readonly message?: string;
}

function refuse(response: ServerResponse, { dialect, status, message }: Refused): void {
  const { headers, body } = dialect.refuse(status, message ?? refusals[status]);
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
