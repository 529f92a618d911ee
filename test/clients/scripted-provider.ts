/** A provider that has an agent make a file, has it read the file, and then says what it says. */

import { type ScriptedUpstream, scriptedUpstream, sse } from '../e2e/scripted-upstream.ts';
import { type JsonObject, objectOf, parseJson } from '../replay/json.ts';
import type { Agent } from './agents.ts';
import { type Dialect, dialects, type ToolResult } from './dialects.ts';

export type UpstreamFormat = keyof typeof dialects;

/** What the provider saw when it was asked. */
export interface Turn {
  readonly offersShell: boolean;
  readonly results: readonly ToolResult[];
  /** Whether it was asked to reason. */
  readonly reasons: boolean;
  /** The seals of its earlier reasoning that came back. */
  readonly seals: number;
}

export interface ScriptedProvider {
  readonly upstream: ScriptedUpstream;
  turns(): readonly Turn[];
}

export const task = {
  prompt: 'Make the file made.txt, read it and tell me what it says.',
  file: 'made.txt',
  content: 'from the shell',
  answer: 'The file says: from the shell ✓.',
  callIds: ['call_make_1', 'call_read_2'],
} as const;

const commands = [`printf '${task.content}' > ${task.file}`, `cat ${task.file}`];

export async function startScriptedProvider(
  format: UpstreamFormat,
  { shell }: Agent,
): Promise<ScriptedProvider> {
  const dialect = dialects[format];
  const upstream = await scriptedUpstream();
  upstream.answer((response, { body }) => {
    const request = requestOf(body);
    // By what came back rather than by a count: a request that is sent twice gets the same answer twice.
    const done = dialect.results(request).length;
    const command = commands[done];
    const id = task.callIds[done] ?? '';
    const seal = dialect.reasons(request) ? sealOf(done) : undefined;
    sse(response);
    const pieces =
      command === undefined
        ? dialect.say(task.answer.split(/(?<=: )/))
        : dialect.call({ id, name: shell.name, input: shell.input(command) }, seal);
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  return {
    upstream,
    turns: () => upstream.asked.map(({ body }) => turnOf(body, dialect, shell.name)),
  };
}

function turnOf(body: Buffer, dialect: Dialect, shell: string): Turn {
  const request = requestOf(body);
  const text = body.toString();
  return {
    offersShell: dialect.toolNames(request).includes(shell),
    results: dialect.results(request),
    reasons: dialect.reasons(request),
    seals: commands.filter((_, turn) => text.includes(sealOf(turn))).length,
  };
}

const requestOf = (body: Buffer): JsonObject => objectOf(parseJson(body.toString()));

const sealOf = (turn: number): string =>
  Buffer.from(`what was thought in ${turn}`).toString('base64');
