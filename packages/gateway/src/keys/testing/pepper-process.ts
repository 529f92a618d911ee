/** Loads the pepper of a folder as a gateway that starts does, and prints what it is. */
import { bufferOf } from '../../lib/bytes.ts';
import { loadPepper } from '../pepper.ts';

const [dataDirectory = ''] = process.argv.slice(2);
process.stdout.write(bufferOf(loadPepper({ pepper: undefined, dataDirectory })).toString('hex'));
