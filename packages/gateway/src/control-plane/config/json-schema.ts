/** The schema of the configuration file for editors, from the one that checks it. */
import { strictObject, toJSONSchema } from 'zod/mini';
import { fileFields, notes } from './schema.ts';

/** JSON text, as it is committed. */
export function jsonSchemaText(): string {
  const schema = toJSONSchema(strictObject(fileFields), {
    target: 'draft-7',
    metadata: notes,
    // Single values are known by their readers, which the notes describe.
    unrepresentable: 'any',
  });
  return `${JSON.stringify({ ...schema, title: 'Configuration of Dragoman' }, null, 2)}\n`;
}
