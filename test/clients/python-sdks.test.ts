/** The vendors' own libraries for Python with providers of every format. */
import { after } from 'node:test';
import { installPython } from './install.ts';
import { pythonKit } from './pins.ts';
import { describeClients } from './scenes/suite.ts';
import { pythonIds, startPython } from './sdks/python.ts';

const { python, missing } = await installPython(pythonKit);
const running = python === undefined ? undefined : startPython(python);
after(() => running?.close());

describeClients('the official Python SDKs', {
  ids: pythonIds,
  missing,
  clients: running?.clients ?? [],
});
