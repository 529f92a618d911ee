/** Brings a pinned agent from the package registry into a cache, once. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pin } from './pins.ts';
import { runBounded } from './run-bounded.ts';

interface Installed {
  /** What runs it. */
  readonly script: string;
  /** Why it cannot be tried here. */
  readonly missing: string | undefined;
}

const cache = join(import.meta.dirname, '../../node_modules/.cache/dragoman-clients');
const INSTALL_TIMEOUT_MS = 60_000;
const START_TIMEOUT_MS = 20_000;

export async function install(pin: Pin): Promise<Installed> {
  const place = join(cache, `${pin.name.replace(/\W+/g, '-').replace(/^-/, '')}-${pin.version}`);
  const script = join(place, 'node_modules', pin.name, pin.bin);
  const hindered = existsSync(place) ? undefined : await fetchInto(place, pin);
  return { script, missing: hindered ?? (await startProblem(script, pin)) };
}

async function startProblem(script: string, { name, version }: Pin): Promise<string | undefined> {
  const home = mkdtempSync(join(tmpdir(), 'dragoman-client-'));
  const { code, output } = await runBounded([process.execPath, script, '--version'], {
    cwd: home,
    env: { PATH: process.env['PATH'] ?? '', HOME: home },
    timeoutMs: START_TIMEOUT_MS,
  });
  rmSync(home, { recursive: true, force: true });
  return code === 0 ? undefined : `${name} ${version} does not start: ${tail(output)}`;
}

/** What hindered it. Whole or not at all, however many do so at once. */
async function fetchInto(place: string, { name, version }: Pin): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${place}.`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  // Without a network it is told soon.
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const { code, output } = await runBounded(
    ['npm', 'install', ...flags, ...patience, '--prefix', draft, `${name}@${version}`],
    { cwd: draft, env: process.env, timeoutMs: INSTALL_TIMEOUT_MS },
  );
  try {
    if (code !== 0) return `${name} ${version} cannot be installed: ${tail(output)}`;
    renameSync(draft, place);
    return undefined;
  } catch (cause) {
    if (existsSync(place)) return undefined;
    throw cause;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

const tail = (text: string): string => text.trim().split('\n').slice(-3).join(' | ') || 'no output';
