/** Which module may import which: the architecture as data. Checked over type-only imports too. */

/**
 * An import is forbidden when all given patterns agree. Targets are paths from the root for our own
 * modules, `node:<name>` for what Node brings and `npm:<name>` for packages. `$1` in a pattern about
 * the target stands for the first group of `from`.
 */
export interface Boundary {
  readonly name: string;
  readonly why: string;
  readonly from: string;
  readonly fromNot?: string;
  readonly to?: string;
  readonly toNot?: string;
}

const tests = '[.]test(-d)?[.]ts$|/testing/';

export const boundaries: readonly Boundary[] = [
  {
    name: 'converter-stands-alone',
    why: 'the converter runs anywhere: no package, nothing of Node, nothing of the gateway',
    from: '^packages/converter/src/',
    fromNot: tests,
    to: '',
    toNot: '^packages/converter/src/',
  },
  {
    name: 'formats-do-not-meet',
    why: 'two formats meet in the neutral form only',
    from: '^packages/converter/src/formats/([^/]+)/',
    fromNot: tests,
    to: '^packages/converter/src/formats/[^/]+/',
    toNot: '^packages/converter/src/formats/$1/',
  },
  {
    name: 'formats-of-embeddings-do-not-meet',
    why: 'as with generation: they meet in their neutral form only',
    from: '^packages/converter/src/embeddings/([^/]+)/',
    fromNot: tests,
    to: '^packages/converter/src/embeddings/[^/]+/',
    toNot: '^packages/converter/src/embeddings/$1/',
  },
  {
    name: 'neutral-form-knows-no-format',
    why: 'the neutral form and the tools around it serve every format alike',
    from: '^packages/converter/src/((ir|sse|adapt)/|[^/]+[.]ts$)',
    fromNot: `${tests}|src/(index|stream|translate|detect)[.]ts$`,
    to: '^packages/converter/src/(formats/|(index|stream|translate|detect)[.]ts$)',
  },
  {
    name: 'gateway-enters-by-the-front-door',
    why: 'the converter is imported by its package name, as any user would',
    from: '^packages/(?!converter/)',
    to: '^packages/converter/src/',
    toNot: '^packages/converter/src/(index|stream)[.]ts$',
  },
  {
    name: 'model-is-the-floor',
    why: 'contracts depend on no behaviour',
    from: '^packages/gateway/src/model/',
    fromNot: tests,
    to: '',
    toNot: '^packages/(gateway/src/model|converter/src)/',
  },
  {
    name: 'plug-ins-know-only-the-model',
    why: 'a plug-in that knows its siblings or its caller can not be added or removed alone; what several need lies in a folder below',
    from: '^packages/gateway/src/(balance|providers|stores)/',
    fromNot: `/index[.]ts$|${tests}`,
    to: '^packages/gateway/src/',
    toNot: '^packages/gateway/src/((model|lib)/|$1/[^/]+/)',
  },
  {
    name: 'corners-know-only-the-model',
    why: 'lib/ holds the impure corners; it serves all and so knows none',
    from: '^packages/gateway/src/lib/',
    fromNot: tests,
    to: '^packages/gateway/src/',
    toNot: '^packages/gateway/src/(model|lib)/',
  },
  {
    name: 'hot-path-knows-no-control-plane',
    why: 'the data plane reads one snapshot and nothing else',
    from: '^packages/gateway/src/(data-plane|endpoints)/',
    fromNot: tests,
    to: '^packages/gateway/src/((control-plane|balance|channels|admission|keys|pricing|tokens|providers|stores|server|command|media)/|(app|backing|running|main)[.]ts$)',
  },
  {
    name: 'generation-knows-no-side-door',
    why: 'generation works without what is served beside it',
    from: '^packages/gateway/src/data-plane/',
    fromNot: tests,
    to: '^packages/gateway/src/endpoints/',
  },
  {
    name: 'side-doors-do-not-meet',
    why: 'what is served beside generation can be added or removed alone',
    from: '^packages/gateway/src/endpoints/([^/]+)/',
    fromNot: tests,
    to: '^packages/gateway/src/endpoints/([^/]+/|index[.]ts$)',
    toNot: '^packages/gateway/src/endpoints/$1/',
  },
  {
    name: 'product-knows-no-demo',
    why: 'the demo upstream stands outside; it is reached as any upstream is',
    from: '^packages/gateway/src/',
    fromNot: `^packages/gateway/src/(demo/|(app|main)[.]ts$)|${tests}`,
    to: '^packages/gateway/src/demo/',
  },
  {
    name: 'control-plane-knows-no-hot-path',
    why: 'one value, the snapshot, lies between the planes',
    from: '^packages/gateway/src/control-plane/',
    fromNot: tests,
    to: '^packages/gateway/src/(data-plane|server)/',
  },
  {
    name: 'hot-path-does-no-io-of-its-own',
    why: 'only the upstream client, and who fetches media, may make a request wait for the outside',
    from: '^packages/gateway/src/(data-plane|endpoints|balance|channels|admission)/',
    fromNot: tests,
    to: '^node:(fs|http|https|http2|net|tls|dns|child_process|worker_threads)(/|$)',
  },
  {
    name: 'sockets-in-one-place',
    why: 'framing, timeouts and address checks hold only where every byte passes the same code',
    from: '^packages/gateway/src/',
    fromNot: `^packages/gateway/src/(http1|server|demo)/|${tests}`,
    to: '^node:(http|https|http2|net|tls)$',
  },
  {
    name: 'http-knows-nobody',
    why: 'HTTP/1.1 on sockets serves both seams and so knows neither',
    from: '^packages/gateway/src/http1/',
    fromNot: tests,
    to: '^packages/gateway/src/',
    toNot: '^packages/gateway/src/(http1|model|lib)/',
  },
  {
    name: 'one-door-out',
    why: 'pools, abort and faults are told apart in one module',
    from: '^packages/gateway/src/',
    fromNot: `^packages/gateway/src/(http1/|data-plane/upstream[.]ts$)|${tests}`,
    to: '^packages/gateway/src/http1/client',
  },
  {
    name: 'one-door-to-strangers',
    why: 'what a client names is dialled by those alone who checked where it leads',
    from: '^packages/gateway/src/',
    fromNot: `^packages/gateway/src/(http1|media)/|${tests}`,
    to: '^packages/gateway/src/http1/single-call[.]ts$',
  },
  {
    name: 'media-knows-only-connections',
    why: 'it is handed to the data plane, and serves whoever needs media',
    from: '^packages/gateway/src/media/',
    fromNot: tests,
    to: '^packages/gateway/src/',
    toNot: '^packages/gateway/src/(media|http1|model|lib)/',
  },
  {
    name: 'one-door-in',
    why: 'requests are seen by one module, without sockets',
    from: '^packages/gateway/src/',
    fromNot: `^packages/gateway/src/(http1|server)/|${tests}`,
    to: '^packages/gateway/src/http1/server',
  },
  {
    name: 'parts-know-only-the-model',
    why: 'what lives beside the planes is put together at the root and knows nobody there',
    from: '^packages/gateway/src/(channels|admission|keys|pricing|tokens|traces)/',
    fromNot: tests,
    to: '^packages/gateway/src/',
    toNot: '^packages/gateway/src/($1|model|lib)/',
  },
  {
    name: 'traces-are-loaded-when-they-are-on',
    why: 'where traces are off nothing of them is loaded: one module imports them, and only then',
    from: '^packages/gateway/src/',
    fromNot: `^packages/gateway/src/(traces/|serving[.]ts$)|${tests}`,
    to: '^packages/gateway/src/traces/',
  },
  {
    name: 'view-knows-the-page-only',
    why: 'the live view may look at a gateway on another machine: all that it knows is on the metrics page',
    from: '^packages/gateway/src/top/',
    fromNot: tests,
    to: '^packages/',
    toNot: '^packages/gateway/src/(top|lib)/',
  },
  {
    name: 'conformance-stands-alone',
    why: 'who judges gateways shares nothing with one of them',
    from: '^packages/conformance/src/',
    fromNot: tests,
    to: '^packages/',
    toNot: '^packages/conformance/',
  },
  {
    name: 'nothing-ships-with-its-judge',
    why: 'gateway and library work without the conformance command',
    from: '^packages/(?!conformance/)',
    fromNot: tests,
    to: '^packages/conformance/',
  },
  {
    name: 'product-imports-no-test-or-tool',
    why: 'what ships does not depend on what checks it',
    from: '^packages/[^/]+/src/',
    fromNot: tests,
    to: `${tests}|^(tools|test|bench)/`,
  },
];
