/** A provider that has an agent make a file, has it read the file, and then says what it says. */

import { type ScriptedUpstream, scriptedUpstream, sse } from '../e2e/scripted-upstream.ts';
import { type JsonObject, objectOf, parseJson } from '../replay/json.ts';
import type { Agent } from './agents.ts';
import type { Dialect, ToolResult } from './dialects/dialect.ts';
import { dialects, type UpstreamFormat } from './dialects/index.ts';

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
  upstream.answer((response, { body, path }) => {
    const { results, reasons } = dialect.read(requestOf(body), path);
    // By what came back rather than by a count: a request that is sent twice gets the same answer twice.
    const done = results.length;
    const command = commands[done];
    const id = task.callIds[done] ?? '';
    const thought = reasons ? 'A shell will do.' : undefined;
    sse(response);
    const pieces = dialect.stream(
      command === undefined
        ? { pieces: task.answer.split(/(?<=: )/) }
        : { thought, calls: [{ id, name: shell.name, input: shell.input(command) }] },
    );
    for (const piece of pieces) response.write(piece);
    response.end();
  });
  return {
    upstream,
    turns: () => upstream.asked.map((asked) => turnOf(asked, dialect, shell.name)),
  };
}

function turnOf(
  { body, path }: { readonly body: Buffer; readonly path: string },
  dialect: Dialect,
  shell: string,
): Turn {
  const { toolNames, results, reasons, seals } = dialect.read(requestOf(body), path);
  return { offersShell: toolNames.includes(shell), results, reasons, seals };
}

const requestOf = (body: Buffer): JsonObject => objectOf(parseJson(body.toString()));
