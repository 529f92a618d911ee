/** Prints findings the way editors and people read them, and sets the exit status. */
import type { Finding } from './module.ts';

export function report(tool: string, findings: readonly Finding[]): void {
  for (const { path, line, rule, message } of findings) {
    process.stdout.write(`${path}:${line}  ${message}  [${rule}]\n`);
  }
  process.stdout.write(`${tool}: ${findings.length} finding${findings.length === 1 ? '' : 's'}\n`);
  if (findings.length > 0) process.exitCode = 1;
}
