/** `npm run prices`: writes the price table of the gateway out of the installed `@pydantic/genai-prices`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { priceTableText } from './prices/price-table-text.ts';

const path = join(import.meta.dirname, '../packages/gateway/src/pricing/prices.json');

writeFileSync(path, await priceTableText());
