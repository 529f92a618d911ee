/** The programs of the system that a benchmark needs. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

const PACKAGES = 'apt-get install wrk nginx-light util-linux coreutils';

export function whatIsLacking(tools: readonly string[]): string | undefined {
  if (process.platform !== 'linux')
    return 'reads /proc and pins processes, so it runs on Linux only';
  if (cpus().length < 2) return 'needs two cores: one for the proxy, one for mock and load';
  const lacking = tools.find(
    (tool) => versionOf(tool, tool === 'nginx' ? '-v' : '--version') === '',
  );
  return lacking && `${lacking} is not installed: ${PACKAGES}`;
}

/** The first line that a tool says about itself, empty when it is not there. */
export function versionOf(tool: string, option: string): string {
  // nginx writes its version to standard error, and wrk ends with 1 after it.
  const script = `command -v ${tool} >/dev/null && { ${tool} ${option} 2>&1; true; }`;
  try {
    return execFileSync('sh', ['-c', script]).toString().split('\n')[0] ?? '';
  } catch {
    return '';
  }
}
