/** `npm run schema`: writes the JSON schema of the configuration file, for editors. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonSchemaText } from '../packages/gateway/src/control-plane/config/json-schema.ts';

const path = join(import.meta.dirname, '../packages/gateway/dragoman.schema.json');

writeFileSync(path, jsonSchemaText());
