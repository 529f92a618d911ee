/** OpenAI's Agents SDK with providers of every format. */
import { installKit } from './install.ts';
import { kits } from './pins.ts';
import { describeClients } from './scenes/suite.ts';
import { openaiAgentsClients } from './sdks/openai-agents.ts';

const { load, missing } = await installKit(kits.openaiAgents);

describeClients('OpenAI Agents SDK', {
  ids: ['agents-responses', 'agents-chat'],
  missing,
  clients: load === undefined ? [] : await openaiAgentsClients(load),
});
