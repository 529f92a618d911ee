/** A command that is ended, with all that it has started, when it takes too long. */
import { spawn } from 'node:child_process';

export interface Ran {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  /** Both streams, as they came. */
  readonly output: string;
}

interface Options {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
}

export function runBounded(
  [command = '', ...args]: readonly string[],
  { cwd, env, timeoutMs }: Options,
): Promise<Ran> {
  return new Promise((resolve) => {
    // A group of its own: agents start further processes, which have to end with them.
    const child = spawn(command, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    function endGroup(): void {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Nobody of it is left.
      }
    }
    const timer = setTimeout(() => {
      output += `\nended after ${timeoutMs} ms`;
      endGroup();
    }, timeoutMs);
    process.once('exit', endGroup);
    function done(code: number | null): void {
      clearTimeout(timer);
      process.removeListener('exit', endGroup);
      resolve({ code, stdout, output });
    }
    child.once('error', ({ message }) => {
      output += message;
      done(null);
    });
    child.once('exit', endGroup);
    child.once('close', done);
  });
}
