/** Rules about the syntax of the product's modules that the linter does not have. */
import {
  isNode,
  isTest,
  type Module,
  parseModule,
  productPaths,
  type SyntaxNode,
  walk,
} from '../source/module.ts';
import type { Tree } from '../source/tree.ts';
import type { Breach, Rule } from './rule.ts';

interface Restricted {
  /** `object.property`, `new Name` or a bare name. */
  readonly use: string;
  readonly scope: RegExp;
  readonly except: RegExp;
}

const converter = /^packages\/converter\/src\//;
const gateway = /^packages\/gateway\/src\//;
const corners = /^packages\/gateway\/src\/lib\//;
const nowhere = /^$/;
const impure = [
  'Date.now',
  'performance.now',
  'new Date',
  'Math.random',
  'crypto.randomUUID',
  'randomUUID',
];

/** What may be used only where it is expected. */
const restricted: readonly Restricted[] = [
  { use: 'JSON.parse', scope: converter, except: /\/src\/json\.ts$/ },
  { use: 'JSON.parse', scope: gateway, except: corners },
  ...impure.map((use) => ({ use, scope: converter, except: nowhere })),
  ...impure.map((use) => ({ use, scope: gateway, except: corners })),
  { use: 'Buffer', scope: converter, except: nowhere },
  { use: 'process', scope: converter, except: nowhere },
  { use: 'console', scope: converter, except: nowhere },
  { use: 'process.env', scope: gateway, except: /\/lib\/env\.ts$/ },
  { use: 'console', scope: gateway, except: /\/lib\/log\.ts$/ },
];

export const syntaxRules: readonly Rule[] = [
  {
    name: 'modules-parse',
    why: 'a module that does not parse escapes every other rule',
    *check(tree) {
      for (const { path, errors } of modules(tree)) {
        for (const message of errors) yield { path, message };
      }
    },
  },
  {
    name: 'converter-is-synchronous',
    why: 'pace and waiting belong to the caller of the converter',
    *check(tree) {
      for (const module of modules(tree)) {
        if (!converter.test(module.path) || module.path.endsWith('/src/stream.ts')) continue;
        yield* nodes(module, (node) => {
          const waits = node.type === 'AwaitExpression' || node['async'] === true;
          const iterates = node.type === 'ForOfStatement' && node['await'] === true;
          return waits || iterates || isName(node, 'Promise') ? 'waits' : undefined;
        });
      }
    },
  },
  {
    name: 'impure-things-have-one-place',
    why: 'time, chance, environment, output and parsing stay replaceable and safe',
    *check(tree) {
      for (const module of modules(tree)) {
        const uses = restricted.filter(
          ({ scope, except }) => scope.test(module.path) && !except.test(module.path),
        );
        yield* nodes(module, (node) => {
          const used = uses.find(({ use }) => isUse(node, use));
          return used && `uses ${used.use}`;
        });
      }
    },
  },
  {
    name: 'classes-are-errors',
    why: 'functions over classes; a class only where something is thrown',
    *check(tree) {
      for (const module of modules(tree)) {
        yield* nodes(module, (node) => {
          if (node.type !== 'ClassDeclaration' && node.type !== 'ClassExpression') return undefined;
          const parent = node['superClass'];
          const name = isNode(parent) ? String(parent['name']) : '';
          return name.endsWith('Error') ? undefined : 'declares a class that is no error';
        });
      }
    },
  },
  {
    name: 'modules-do-nothing-when-imported',
    why: 'nothing depends on import order, and no state lives in a module',
    *check(tree) {
      for (const module of modules(tree)) {
        if (/\/(src|demo)\/main\.ts$|-thread\.ts$/.test(module.path)) continue;
        for (const statement of module.program.body) {
          const message = effectOf(statement);
          const line = module.lineAt(statement.start);
          if (message !== undefined) yield { path: module.path, line, message };
        }
      }
    },
  },
  {
    name: 'modules-say-their-subject',
    why: 'a reader learns from the first line what a file is about',
    *check(tree) {
      for (const path of tree.paths) {
        if (!/^(packages\/[^/]+\/src|tools|bench)\/.*\.ts$/.test(path) || isTest(path)) continue;
        const { comments } = parseModule(tree, path);
        const first = comments[0];
        const before = first === undefined ? '' : tree.read(path).slice(0, first.start);
        const isDoc = first?.type === 'Block' && first.value.startsWith('*');
        if (isDoc && /^(#!.*\n)?\s*$/.test(before)) continue;
        yield { path, message: 'does not start with a doc comment' };
      }
    },
  },
  {
    name: 'lines-fit-a-screen',
    why: 'the formatter breaks code at 100 characters; comments get 120, and long strings what they need',
    *check(tree) {
      for (const path of tree.paths) {
        if (!/^(packages|tools|test|bench)\/.*\.ts$/.test(path) || isTest(path)) continue;
        for (const [index, text] of tree.read(path).split('\n').entries()) {
          if (text.length <= 120 || /:\/\/|(['"`]).{80,}\1/.test(text)) continue;
          yield { path, line: index + 1, message: `has ${text.length} characters` };
        }
      }
    },
  },
];

function modules(tree: Tree): readonly Module[] {
  return productPaths(tree).map((path) => parseModule(tree, path));
}

function nodes(module: Module, judge: (node: SyntaxNode) => string | undefined): readonly Breach[] {
  const breaches: Breach[] = [];
  walk(module.program, (node) => {
    const message = judge(node);
    if (message === undefined) return;
    breaches.push({ path: module.path, line: module.lineAt(node.start), message });
  });
  return breaches;
}

function isUse(node: SyntaxNode, use: string): boolean {
  if (use.startsWith('new ')) {
    return node.type === 'NewExpression' && isName(node['callee'], use.slice('new '.length));
  }
  const [object = '', property] = use.split('.');
  if (property === undefined) return isName(node, object);
  return (
    node.type === 'MemberExpression' &&
    isName(node['object'], object) &&
    isName(node['property'], property)
  );
}

function isName(node: unknown, name: string): boolean {
  return isNode(node) && node.type === 'Identifier' && node['name'] === name;
}

/** What a statement at the top of a module does beyond declaring. */
function effectOf(statement: unknown): string | undefined {
  if (!isNode(statement)) return undefined;
  const declared = statement['declaration'];
  if (statement.type === 'ExportNamedDeclaration' && isNode(declared)) return effectOf(declared);
  if (statement.type === 'VariableDeclaration') {
    return statement['kind'] === 'const' ? undefined : 'keeps state in the module';
  }
  const declares = /^(Import|Export|Function|Class|TS)/.test(statement.type);
  return declares ? undefined : 'does work at import';
}
