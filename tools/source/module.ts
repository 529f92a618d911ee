/** What a rule needs to know of one TypeScript module: its syntax tree, imports, exports and comments. */
import { type Comment, type Program, parseSync, type StaticExport } from 'oxc-parser';
import type { Tree } from './tree.ts';

/** One mistake that a tool reports. */
export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface Import {
  /** As written; undefined when it is computed and nobody can tell. */
  readonly specifier: string | undefined;
  readonly line: number;
}

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface Module {
  readonly path: string;
  readonly program: Program;
  readonly imports: readonly Import[];
  readonly exports: readonly StaticExport[];
  readonly comments: readonly Comment[];
  readonly errors: readonly string[];
  lineAt(offset: number): number;
}

const parsed = new WeakMap<Tree, Map<string, Module>>();

/** Parses each module of a tree once, however many rules ask. */
export function parseModule(tree: Tree, path: string): Module {
  const modules = parsed.get(tree) ?? new Map<string, Module>();
  parsed.set(tree, modules);
  const module = modules.get(path) ?? parse(path, tree.read(path));
  modules.set(path, module);
  return module;
}

export function isTest(path: string): boolean {
  return /\.test(-d)?\.ts$|(^|\/)testing\//.test(path);
}

/** The modules of the product: what ships, so neither tests nor tools. */
export function productPaths(tree: Tree): readonly string[] {
  return tree.paths.filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path) && !isTest(path));
}

/** Calls `visit` with every node below `node`, parents first. */
export function walk(node: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit);
    return;
  }
  if (!isNode(node)) return;
  visit(node);
  for (const value of Object.values(node)) {
    if (typeof value === 'object' && value !== null) walk(value, visit);
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

function parse(path: string, text: string): Module {
  const { program, module, comments, errors } = parseSync(path, text);
  const lineStarts = lineStartsOf(text);
  const lineAt = (offset: number): number => lineStarts.findLastIndex((s) => s <= offset) + 1;
  return {
    path,
    program,
    imports: importsOf(program, lineAt),
    exports: module.staticExports,
    comments,
    errors: errors.map((error) => error.message),
    lineAt,
  };
}

const importing = new Set([
  'ImportDeclaration',
  'ImportExpression',
  'ExportAllDeclaration',
  'ExportNamedDeclaration',
  'TSImportType',
]);

function importsOf(program: Program, lineAt: (offset: number) => number): readonly Import[] {
  const imports: Import[] = [];
  walk(program, (node) => {
    if (!importing.has(node.type) || node['source'] === null) return;
    const source = node['source'];
    const value = isNode(source) && source.type === 'Literal' ? source['value'] : undefined;
    const specifier = typeof value === 'string' ? value : undefined;
    imports.push({ specifier, line: lineAt(node.start) });
  });
  return imports;
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
