/** Sources of text: those of the web have a neutral form, places in documents have none. */
import type { Citation } from '../../ir/part.ts';
import { isObject, type JsonValue } from '../../json.ts';

/**
 * The format says what of the source is meant but not which words of the answer: a block is cut so
 * that all of it is meant. Undefined for places in documents.
 */
export function decodeCitation(wire: JsonValue, textLength: number): Citation | undefined {
  if (!isObject(wire)) return undefined;
  const { type, title, cited_text: citedText } = wire;
  const url = type === 'search_result_location' ? wire['source'] : wire['url'];
  if (typeof url !== 'string' || !/^https?:/i.test(url)) return undefined;
  return {
    url,
    ...(typeof title === 'string' && { title }),
    ...(typeof citedText === 'string' && { citedText }),
    start: 0,
    end: textLength,
  };
}
