/** LangChain with providers of every format. */
import { installKit } from './install.ts';
import { kits } from './pins.ts';
import { describeClients } from './scenes/suite.ts';
import { langchainClients } from './sdks/langchain.ts';

const { load, missing } = await installKit(kits.langchain);

describeClients('LangChain', {
  ids: [
    'langchain-openai-chat',
    'langchain-openai-responses',
    'langchain-anthropic',
    'langchain-google',
  ],
  missing,
  clients: load === undefined ? [] : await langchainClients(load),
});
