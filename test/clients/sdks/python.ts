/** The official Python SDKs, in one process that says what it is told to say. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LibraryId } from '../catalogue.ts';
import type { Client, Failure, Reply } from '../scenes/client.ts';
import { picture, schema, tool } from '../scenes/scenes.ts';

export interface PythonClients {
  readonly clients: readonly Client[];
  close(): void;
}

export const pythonIds = [
  'python-openai-chat',
  'python-openai-responses',
  'python-anthropic',
  'python-gemini',
] as const satisfies readonly LibraryId[];

const driver = join(import.meta.dirname, '../python/driver.py');

class PythonError extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

type Said =
  | { readonly id: number; readonly reply: Reply }
  | { readonly id: number; readonly failure: Failure };

interface Waiting {
  resolve(reply: Reply): void;
  reject(cause: Error): void;
}

export function startPython(python: string): PythonClients {
  const child = spawn(python, [driver, JSON.stringify({ tool, schema, picture })], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  const waiting = new Map<number, Waiting>();
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const said = JSON.parse(line) as Said;
    const { resolve, reject } = waiting.get(said.id) ?? {};
    waiting.delete(said.id);
    if ('reply' in said) resolve?.(said.reply);
    else reject?.(new PythonError(withoutNulls(said.failure)));
  });
  child.once('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`Python ended: ${printed}`));
  });

  let count = 0;
  function ask(what: object): Promise<Reply> {
    const id = (count += 1);
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.stdin.write(`${JSON.stringify({ id, ...what })}\n`);
    });
  }

  const client = (id: LibraryId): Client => ({
    id,
    open(wishes) {
      const conversation = (count += 1);
      return {
        say: (prompt, { model, picture }) =>
          ask({ conversation, client: id, wishes, prompt, model, picture }),
      };
    },
    failureOf: (error) =>
      error instanceof PythonError
        ? error.failure
        : { kind: 'foreign', message: String(error), retryAfterSeconds: undefined },
  });

  return {
    clients: pythonIds.map(client),
    close: () => void child.kill(),
  };
}

const withoutNulls = (failure: Failure): Failure => ({
  ...failure,
  retryAfterSeconds: failure.retryAfterSeconds ?? undefined,
});
