/** The settings of answers that are kept for `previous_response_id`. */
import { responseStores } from '../model/settings.ts';
import { window } from './config/limit-readers.ts';
import { choice, integer } from './config/setting-readers.ts';
import { responses, responsesTtl, type Setting } from './setting-kinds.ts';

const responseBytes = integer(1024, 64 * 1024 * 1024 * 1024);

export const responseSettings: readonly Setting[] = [
  responses(
    'store',
    {
      env: 'RESPONSES_STORE',
      placeholder: '<memory|redis|off>',
      help: 'where answers are kept for previous_response_id when their provider keeps none',
    },
    choice(responseStores),
  ),
  responsesTtl(
    {
      env: 'RESPONSES_TTL',
      placeholder: '<time>',
      help: 'how long an answer is kept, such as 30m or 1h',
    },
    window,
  ),
  responses(
    'bytesMax',
    {
      env: 'RESPONSES_MAX_BYTES',
      placeholder: '<bytes>',
      help: 'of all answers that are kept; the oldest make room',
    },
    responseBytes,
  ),
  responses(
    'bytesEachMax',
    {
      env: 'RESPONSES_MAX_BYTES_EACH',
      placeholder: '<bytes>',
      help: 'of one answer with its conversation; a larger one is not kept',
    },
    responseBytes,
  ),
  responses(
    'perOwnerMax',
    {
      env: 'RESPONSES_MAX_PER_KEY',
      placeholder: '<number>',
      help: 'how many answers are kept for one key; the oldest make room',
    },
    integer(1, 1_000_000),
  ),
];
