/** Resolves every import of a tree and holds it against the boundaries; finds cycles as well. */
import { posix } from 'node:path';
import { type Finding, type Import, parseModule } from '../source/module.ts';
import type { Tree } from '../source/tree.ts';
import type { Boundary } from './rules.ts';

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly line: number;
}

export function checkBoundaries(tree: Tree, rules: readonly Boundary[]): readonly Finding[] {
  const findings: Finding[] = [];
  const edges: Edge[] = [];
  const packages = packageEntries(tree);
  for (const path of tree.paths) {
    if (!path.endsWith('.ts')) continue;
    for (const { specifier, line } of parseModule(tree, path).imports) {
      const to = resolve({ specifier, line }, path, packages);
      if (to === undefined) {
        const message = 'nobody can tell what this imports';
        findings.push({ rule: 'imports-are-literal', path, line, message });
      } else if (isOurs(to) && !tree.has(to)) {
        findings.push({ rule: 'imports-exist', path, line, message: `${to} does not exist` });
      } else {
        edges.push({ from: path, to, line });
      }
    }
  }
  for (const rule of rules) findings.push(...crossings(edges, rule));
  return [...findings, ...cycles(edges)];
}

function crossings(edges: readonly Edge[], rule: Boundary): readonly Finding[] {
  const from = new RegExp(rule.from);
  const fromNot = rule.fromNot === undefined ? undefined : new RegExp(rule.fromNot);
  const findings: Finding[] = [];
  for (const edge of edges) {
    const origin = from.exec(edge.from);
    if (origin === null || fromNot?.test(edge.from)) continue;
    const matches = (pattern: string): boolean =>
      new RegExp(pattern.replace('$1', origin[1] ?? '')).test(edge.to);
    if (rule.to !== undefined && !matches(rule.to)) continue;
    if (rule.toNot !== undefined && matches(rule.toNot)) continue;
    const message = `imports ${edge.to}: ${rule.why}`;
    findings.push({ rule: rule.name, path: edge.from, line: edge.line, message });
  }
  return findings;
}

/** Depth first; each cycle is reported once, at the import that closes it. */
function cycles(edges: readonly Edge[]): readonly Finding[] {
  const outgoing = Map.groupBy(edges, (edge) => edge.from);
  const findings: Finding[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const enter = (path: string): void => {
    trail.push(path);
    for (const { to, line } of outgoing.get(path) ?? []) {
      const at = trail.indexOf(to);
      if (at !== -1) {
        const message = [...trail.slice(at), to].join(' > ');
        findings.push({ rule: 'no-cycles', path, line, message });
      } else if (!done.has(to)) {
        enter(to);
      }
    }
    trail.pop();
    done.add(path);
  };
  for (const path of outgoing.keys()) if (!done.has(path)) enter(path);
  return findings;
}

function resolve(
  { specifier }: Import,
  from: string,
  packages: ReadonlyMap<string, string>,
): string | undefined {
  if (specifier === undefined) return undefined;
  if (specifier.startsWith('.')) return posix.join(posix.dirname(from), specifier);
  if (specifier.startsWith('node:')) return specifier;
  return packages.get(specifier) ?? `npm:${packageName(specifier)}`;
}

function isOurs(target: string): boolean {
  return !target.startsWith('node:') && !target.startsWith('npm:');
}

export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** What our own packages offer under their names: `ai-api-converter/stream` to its source file. */
export function packageEntries(tree: Tree): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const path of tree.paths) {
    if (!/^packages\/[^/]+\/package\.json$/.test(path)) continue;
    const manifest: { name: string; exports?: Record<string, { source?: string }> } = JSON.parse(
      tree.read(path),
    );
    for (const [entry, { source }] of Object.entries(manifest.exports ?? {})) {
      if (source === undefined) continue;
      entries.set(posix.join(manifest.name, entry), posix.join(posix.dirname(path), source));
    }
  }
  return entries;
}
