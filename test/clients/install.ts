/** Brings pinned clients from their package registries into a cache, once. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Kit, Pin } from './pins.ts';
import { runBounded } from './run-bounded.ts';

interface Installed {
  /** What runs it. */
  readonly script: string;
  /** Why it cannot be tried here. */
  readonly missing: string | undefined;
}

const cache = join(import.meta.dirname, '../../node_modules/.cache/dragoman-clients');
const INSTALL_TIMEOUT_MS = 90_000;
const START_TIMEOUT_MS = 20_000;

/** A command-line agent. */
export async function install(pin: Pin): Promise<Installed> {
  const place = join(cache, `${pin.name.replace(/\W+/g, '-').replace(/^-/, '')}-${pin.version}`);
  const script = join(place, 'node_modules', pin.name, pin.bin);
  const hindered = await once(place, (draft) => installNpm(draft, { [pin.name]: pin.version }));
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

/** Imports a module of a kit. */
export type Load = (specifier: string) => Promise<LoadedModule>;
/** The compiler does not see into the cache: what is used of it, the suites name themselves. */
export type LoadedModule = ReturnType<NodeJS.Require>;

/** Either of the two. */
interface Loaded {
  readonly load?: Load;
  /** Why it cannot be tried here. */
  readonly missing?: string;
}

/** Packages of npm. */
export async function installKit(kit: Kit): Promise<Loaded> {
  const place = placeOf(kit);
  const missing = await once(place, async (draft) => {
    const hindered = await installNpm(draft, kit.packages);
    // It stands among the packages, so that they are found from there.
    writeFileSync(join(draft, LOADER), 'exports.load = (name) => import(name);\n');
    return hindered;
  });
  if (missing !== undefined) return { missing };
  leaveSourcesAlone(place);
  return createRequire(join(place, LOADER))(`./${LOADER}`);
}

/** The suites run with the condition `source`, by which some packages name TypeScript files. */
function leaveSourcesAlone(place: string): void {
  const within = pathToFileURL(place).href;
  registerHooks({
    resolve(specifier, context, next) {
      if (context.parentURL?.startsWith(within) !== true) return next(specifier, context);
      const conditions = context.conditions.filter((condition) => condition !== 'source');
      return next(specifier, { ...context, conditions });
    },
  });
}

const LOADER = 'load.cjs';

/** Packages of Python, in an environment of their own. */
export async function installPython(
  kit: Kit,
): Promise<{ readonly python?: string; readonly missing?: string }> {
  const place = placeOf(kit);
  const missing = await once(place, async (draft) => {
    const made = await runBounded(['python3', '-m', 'venv', draft], optionsIn(draft));
    if (made.code !== 0) return `python3 -m venv does not work: ${tail(made.output)}`;
    const packages = Object.entries(kit.packages).map(([name, version]) => `${name}==${version}`);
    const flags = ['--quiet', '--disable-pip-version-check', '--retries=1', '--timeout=10'];
    const { code, output } = await runBounded(
      [join(draft, 'bin/python3'), '-m', 'pip', 'install', ...flags, ...packages],
      optionsIn(draft),
    );
    return code === 0 ? undefined : `${packages.join(', ')} cannot be installed: ${tail(output)}`;
  });
  return missing === undefined ? { python: join(place, 'bin/python3') } : { missing };
}

function placeOf({ name, packages }: Kit): string {
  const hash = createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 12);
  return join(cache, `${name}-${hash}`);
}

/** What hindered it. Whole or not at all, however many do so at once. */
async function once(
  place: string,
  fill: (draft: string) => Promise<string | undefined>,
): Promise<string | undefined> {
  if (existsSync(place)) return undefined;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(`${place}.`);
  try {
    const hindered = await fill(draft);
    if (hindered !== undefined) return hindered;
    renameSync(draft, place);
    return undefined;
  } catch (cause) {
    if (existsSync(place)) return undefined;
    throw cause;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function installNpm(draft: string, packages: Kit['packages']): Promise<string | undefined> {
  const wanted = Object.entries(packages).map(([name, version]) => `${name}@${version}`);
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
  // Without a network it is told soon.
  const patience = ['--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const { code, output } = await runBounded(
    ['npm', 'install', ...flags, ...patience, '--prefix', draft, ...wanted],
    optionsIn(draft),
  );
  return code === 0 ? undefined : `${wanted.join(', ')} cannot be installed: ${tail(output)}`;
}

const optionsIn = (cwd: string): Parameters<typeof runBounded>[1] => ({
  cwd,
  env: process.env,
  timeoutMs: INSTALL_TIMEOUT_MS,
});

const tail = (text: string): string => text.trim().split('\n').slice(-3).join(' | ') || 'no output';
