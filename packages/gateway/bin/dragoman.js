#!/usr/bin/env node
/* Plain old syntax and no static import, so that any Node can say why it will not do. */
var parts = process.versions.node.split('.');
if (Number(parts[0]) < 22 || (Number(parts[0]) === 22 && Number(parts[1]) < 19)) {
  console.error('dragoman needs Node 22.19 or newer; this is Node ' + process.versions.node + '.');
  process.exitCode = 1;
} else {
  import('node:module')
    .then(function (module) {
      if (module.enableCompileCache) module.enableCompileCache();
      return import('../dist/dragoman.js');
    })
    .catch(function (error) {
      if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
      console.error(
        'dragoman is not built here: "npm run build" does that, "npm start --" does without.',
      );
      process.exitCode = 1;
    });
}
