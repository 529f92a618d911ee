/* Loaded before everything else by the npm scripts; plain old syntax, so that any Node can say why it will not do. */
'use strict';
var parts = process.versions.node.split('.');
if (Number(parts[0]) < 22 || (Number(parts[0]) === 22 && Number(parts[1]) < 19)) {
  console.error(
    'This needs Node 22.19 or newer and runs on ' +
      process.version +
      '. On Linux and Windows `npm ci` brings ' +
      'Node 24 along; elsewhere install a newer one from nodejs.org.',
  );
  process.exit(1);
}
