/** Every scripted case, in the order in which they run: what may harm the gateway comes last. */
import { abilityCases } from './abilities.ts';
import type { Case } from './case.ts';
import { endCases } from './ends.ts';
import { failureCases } from './failures.ts';
import { listCases } from './lists.ts';
import { toolCases } from './tools.ts';
import { wordCases } from './words.ts';

export const scriptedCases: readonly Case[] = [
  ...wordCases,
  ...toolCases,
  ...abilityCases,
  ...endCases,
  ...listCases,
  ...failureCases,
];
