#!/usr/bin/env node
/* Plain old syntax and no static import, so that any Node can say why it will not do. */
var parts = process.versions.node.split('.');
if (Number(parts[0]) < 22 || (Number(parts[0]) === 22 && Number(parts[1]) < 19)) {
  console.error(
    'ai-gateway-conformance needs Node 22.19 or newer; this is Node ' + process.versions.node + '.',
  );
  process.exitCode = 1;
} else {
  import('../dist/ai-gateway-conformance.js').catch(function (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    console.error('ai-gateway-conformance is not built here: "npm run build" does that.');
    process.exitCode = 1;
  });
}
