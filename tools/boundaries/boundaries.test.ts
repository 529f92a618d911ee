import assert from 'node:assert/strict';
import { test } from 'node:test';
import { madeUpTree } from '../source/tree.ts';
import { checkBoundaries } from './check-boundaries.ts';
import { boundaries } from './rules.ts';

const converter = 'packages/converter/src';
const gateway = 'packages/gateway/src';
const judge = 'packages/conformance/src';

/** A small product that keeps every rule. */
const sound: Readonly<Record<string, string>> = {
  'packages/converter/package.json': JSON.stringify({
    name: 'ai-api-converter',
    exports: { '.': { source: './src/index.ts' }, './stream': { source: './src/stream.ts' } },
  }),
  [`${converter}/index.ts`]: "export { translate } from './translate.ts';",
  [`${converter}/stream.ts`]: "import { translate } from './translate.ts'; translate();",
  [`${converter}/translate.ts`]: "import './formats/index.ts'; export const translate = () => 1;",
  [`${converter}/ir/request.ts`]: 'export type Request = string;',
  [`${converter}/formats/index.ts`]: "import './alpha/index.ts'; import './beta/index.ts';",
  [`${converter}/formats/alpha/index.ts`]: "import type { Request } from '../../ir/request.ts';",
  [`${converter}/formats/beta/index.ts`]: "import './wire.ts';",
  [`${converter}/formats/beta/wire.ts`]: 'export {};',
  [`${converter}/embeddings/beta/wire.ts`]: "import '../../formats/beta/wire.ts';",
  [`${converter}/formats/beta/index.test.ts`]: "import 'node:test'; import '../alpha/index.ts';",
  [`${judge}/run.ts`]: 'export {};',
  [`${gateway}/main.ts`]: "import './app.ts';",
  [`${gateway}/app.ts`]: "import './server/http.ts'; import './balance/index.ts';",
  [`${gateway}/model/snapshot.ts`]: "import type { Format } from 'ai-api-converter';",
  [`${gateway}/server/http.ts`]: "import 'node:net'; import '../http1/server-connection.ts';",
  [`${gateway}/http1/server-connection.ts`]: "import 'node:net'; import '../model/snapshot.ts';",
  [`${gateway}/http1/client.ts`]: "import 'node:tls';",
  [`${gateway}/http1/single-call.ts`]: "import 'node:net';",
  [`${gateway}/media/fetcher.ts`]: "import '../http1/single-call.ts'; import '../lib/clock.ts';",
  [`${gateway}/channels/health.ts`]: "import '../model/snapshot.ts'; import '../lib/clock.ts';",
  [`${gateway}/data-plane/handle.ts`]: "import './upstream.ts'; import '../model/snapshot.ts';",
  [`${gateway}/data-plane/upstream.ts`]: "import '../http1/client.ts';",
  [`${gateway}/data-plane/handle.test.ts`]: "import 'node:http'; import '../balance/index.ts';",
  [`${gateway}/balance/index.ts`]: "import './first.ts';",
  [`${gateway}/balance/first.ts`]: "import '../model/snapshot.ts'; import '../lib/clock.ts';",
  [`${gateway}/endpoints/index.ts`]: "import './alpha/index.ts';",
  [`${gateway}/endpoints/alpha/index.ts`]:
    "import './deep/one.ts'; import '../../model/snapshot.ts';",
  [`${gateway}/endpoints/alpha/deep/one.ts`]: 'export {};',
  [`${gateway}/demo/server.ts`]: "import 'node:http';",
  [`${gateway}/lib/clock.ts`]: "import '../model/snapshot.ts';",
  [`${gateway}/serving.ts`]: "await import('./traces/traces.ts');",
  [`${gateway}/traces/traces.ts`]: "import '../lib/clock.ts'; import '../model/snapshot.ts';",
  [`${gateway}/top/view.ts`]: "import './cells.ts'; import '../lib/clock.ts';",
  [`${gateway}/top/cells.ts`]: 'export {};',
  [`${gateway}/control-plane/compile.ts`]: "import 'node:fs'; import '../balance/index.ts';",
};

const breaches: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['converter-stands-alone', `${converter}/json.ts`, "import 'node:buffer';"],
  ['converter-stands-alone', `${converter}/json.ts`, "import 'zod';"],
  ['converter-stands-alone', `${converter}/sse/parser.ts`, "export * from '../../../x/src/a.ts';"],
  ['formats-do-not-meet', `${converter}/formats/alpha/x.ts`, "import '../beta/wire.ts';"],
  [
    'formats-of-embeddings-do-not-meet',
    `${converter}/embeddings/alpha/x.ts`,
    "import '../beta/wire.ts';",
  ],
  ['neutral-form-knows-no-format', `${converter}/ir/x.ts`, "import '../formats/beta/wire.ts';"],
  ['neutral-form-knows-no-format', `${converter}/json.ts`, "await import('./translate.ts');"],
  ['gateway-enters-by-the-front-door', `${gateway}/x.ts`, "import '../../converter/src/json.ts';"],
  ['conformance-stands-alone', `${judge}/x.ts`, "import '../../gateway/src/app.ts';"],
  ['nothing-ships-with-its-judge', `${gateway}/x.ts`, "import '../../conformance/src/run.ts';"],
  ['model-is-the-floor', `${gateway}/model/x.ts`, "import '../lib/clock.ts';"],
  ['model-is-the-floor', `${gateway}/model/x.ts`, "import 'node:fs';"],
  ['plug-ins-know-only-the-model', `${gateway}/balance/x.ts`, "import './first.ts';"],
  ['plug-ins-know-only-the-model', `${gateway}/stores/x.ts`, "import '../app.ts';"],
  ['corners-know-only-the-model', `${gateway}/lib/x.ts`, "import '../app.ts';"],
  [
    'hot-path-knows-no-control-plane',
    `${gateway}/data-plane/x.ts`,
    "import type { C } from '../control-plane/compile.ts';",
  ],
  [
    'control-plane-knows-no-hot-path',
    `${gateway}/control-plane/x.ts`,
    "type H = import('../data-plane/handle.ts').H;",
  ],
  [
    'generation-knows-no-side-door',
    `${gateway}/data-plane/x.ts`,
    "import '../endpoints/index.ts';",
  ],
  ['side-doors-do-not-meet', `${gateway}/endpoints/beta/x.ts`, "import '../alpha/deep/one.ts';"],
  ['hot-path-does-no-io-of-its-own', `${gateway}/admission/x.ts`, "import 'node:fs/promises';"],
  ['product-knows-no-demo', `${gateway}/data-plane/x.ts`, "import '../demo/server.ts';"],
  ['sockets-in-one-place', `${gateway}/x.ts`, "import 'node:http';"],
  ['http-knows-nobody', `${gateway}/http1/x.ts`, "import '../server/http.ts';"],
  ['one-door-in', `${gateway}/x.ts`, "import './http1/server-connection.ts';"],
  ['one-door-out', `${gateway}/data-plane/x.ts`, "import '../http1/client.ts';"],
  ['one-door-to-strangers', `${gateway}/x.ts`, "import './http1/single-call.ts';"],
  ['media-knows-only-connections', `${gateway}/media/x.ts`, "import '../channels/health.ts';"],
  ['parts-know-only-the-model', `${gateway}/channels/x.ts`, "import '../server/http.ts';"],
  ['traces-are-loaded-when-they-are-on', `${gateway}/x.ts`, "import './traces/traces.ts';"],
  ['view-knows-the-page-only', `${gateway}/top/x.ts`, "import '../model/snapshot.ts';"],
  ['product-imports-no-test-or-tool', `${gateway}/x.ts`, "import './data-plane/handle.test.ts';"],
  ['no-cycles', `${gateway}/model/snapshot.ts`, "import type { M } from './snapshot.ts';"],
  ['no-cycles', `${converter}/formats/beta/wire.ts`, "import type { B } from './index.ts';"],
  ['imports-exist', `${converter}/x.ts`, "import './gone.ts';"],
  ['imports-are-literal', `${converter}/x.ts`, 'await import(name);'],
];

/** Rules that `text` at `path` breaks, each once. */
function broken(path: string, text: string): readonly string[] {
  const extra = { 'packages/x/src/a.ts': '', [`${converter}/json.ts`]: '' };
  const tree = madeUpTree({ ...extra, ...sound, [path]: text });
  return [...new Set(checkBoundaries(tree, boundaries).map((finding) => finding.rule))];
}

test('a sound tree has no findings', () => {
  assert.deepEqual(checkBoundaries(madeUpTree(sound), boundaries), []);
});

for (const [rule, path, text] of breaches) {
  test(`${rule} fires on ${path} with ${text}`, () => {
    assert.ok(broken(path, text).includes(rule), `found only: ${broken(path, text).join(', ')}`);
  });
}

test('every boundary has a file made to break it', () => {
  const tried = new Set(breaches.map(([rule]) => rule));
  assert.deepEqual(
    boundaries.filter(({ name }) => !tried.has(name)),
    [],
  );
});

test('a finding names the file, the line and the reason', () => {
  const tree = madeUpTree({ ...sound, [`${gateway}/x.ts`]: "\n\nimport 'node:http';\n" });
  assert.deepEqual(checkBoundaries(tree, boundaries), [
    {
      rule: 'sockets-in-one-place',
      path: `${gateway}/x.ts`,
      line: 3,
      message:
        'imports node:http: framing, timeouts and address checks hold only where every byte passes the same code',
    },
  ]);
});
