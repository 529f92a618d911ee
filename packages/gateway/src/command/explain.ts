/** `dragoman explain`: what would happen to a request, told by the running gateway or by a fresh one. */
import { readFileSync } from 'node:fs';
import { isObject, type JsonObject, parseJson } from 'ai-api-converter';
import { createRegistry } from '../channels/registry.ts';
import { compile } from '../control-plane/compile.ts';
import { type Explanation, explain, type Question } from '../data-plane/explain.ts';
import { createEndpoints } from '../endpoints/index.ts';
import { nowSeconds } from '../lib/clock.ts';
import { newId } from '../lib/ids.ts';
import type { Settings } from '../model/settings.ts';
import { estimateInputTokens } from '../tokens/estimate.ts';

export interface Told {
  readonly explanation: Explanation;
  /** Where the state of the channels comes from. */
  readonly source: string;
}

const ASK_MS = 1_000;

/** Throws what the gateway says is wrong with the question. */
export async function explainRequest(question: Question, settings: Settings): Promise<Told> {
  const url = `http://127.0.0.1:${settings.metricsPort}/admin/explain`;
  let response: Response;
  try {
    const signal = AbortSignal.timeout(ASK_MS);
    response = await fetch(url, { method: 'POST', body: JSON.stringify(question), signal });
  } catch {
    const snapshot = compile(settings, {
      registry: createRegistry(() => undefined),
      guard: undefined,
      prices: { costMicroUsd: () => undefined },
    });
    const services = {
      environment: { newId, nowSeconds },
      meter: { inputTokens: estimateInputTokens },
    };
    return {
      explanation: await explain(question, snapshot, createEndpoints().explaining(services)),
      source: `no gateway answers on ${url}; this is what a fresh one would do`,
    };
  }
  const answered: unknown = await response.json().catch(() => undefined);
  if (isExplanation(answered)) return { explanation: answered, source: `the gateway on ${url}` };
  throw new Error(toldOf(answered) ?? `${url} answered ${response.status}, and no explanation`);
}

function toldOf(answered: unknown): string | undefined {
  if (typeof answered !== 'object' || answered === null || !('error' in answered)) return undefined;
  return typeof answered.error === 'string' ? answered.error : undefined;
}

function isExplanation(answered: unknown): answered is Explanation {
  return typeof answered === 'object' && answered !== null && 'candidates' in answered;
}

interface Asked {
  readonly model?: string;
  readonly path?: string;
  readonly key?: string;
  /** Name of a file with JSON. */
  readonly body?: string;
}

/** Throws an Error that names the option that is missing, or the file that cannot be read. */
export function questionFrom({ model, path, key, body }: Asked): Question {
  if (model === undefined && body === undefined && !path?.includes('/models/')) {
    throw new Error(
      '--model: name the model that a client asks for, or a file with its whole request by --body',
    );
  }
  return {
    model,
    path,
    body: body === undefined ? undefined : bodyIn(body),
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  };
}

function bodyIn(file: string): JsonObject {
  try {
    const body = parseJson(readFileSync(file, 'utf8'));
    if (isObject(body)) return body;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`--body ${file}: ${reason}`, { cause });
  }
  throw new Error(`--body ${file}: expected a JSON object`);
}

export function explanationText({ explanation, source }: Told): string {
  const { format, model, route, candidates, choice, upstream, losses, media, refusal } =
    explanation;
  const lines = [
    `Asked     ${source}`,
    `Format    ${format === undefined ? 'unknown' : `${format.id} (${format.reason})`}`,
  ];
  if (model !== undefined) lines.push(`Model     ${model}`);
  if (route !== undefined) lines.push(`Route     ${route.name}, ${route.strategy}`);
  for (const candidate of candidates) {
    const { channel, provider, role, state, inFlight, credential } = candidate;
    const key = credential === 'own' ? 'own key' : "client's key";
    const facts = [provider, `asked for ${candidate.model}`, key, `${inFlight} running`, state];
    lines.push(`  ${role.padEnd(9)} ${channel.padEnd(16)} ${facts.join(', ')}`);
  }
  if (choice !== undefined) lines.push(`Choice    ${choice}`);
  if (upstream !== undefined) {
    const how = upstream.isConverted ? `converted to ${upstream.format}` : 'bytes as they are';
    lines.push(`Upstream  ${upstream.url}, ${how}`);
  }
  for (const path of media)
    lines.push(
      `Fetched   ${path}: the upstream takes bytes alone, so that its address is fetched first`,
    );
  for (const { path, feature, action, reason } of losses)
    lines.push(`Loss      ${path} (${feature}) ${action}: ${reason}`);
  if (refusal !== undefined) lines.push(`Refused   ${refusal.status}: ${refusal.message}`);
  return `${lines.join('\n')}\n`;
}
