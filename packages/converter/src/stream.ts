/** Second entry of the library: a translation as a web TransformStream. */
import type { StreamTranslation } from './translate-stream.ts';

/** Bytes of the upstream's stream in, bytes of the client's format out. */
export function translationStream(
  translation: StreamTranslation,
): TransformStream<Uint8Array, Uint8Array> {
  const encoder = new TextEncoder();
  return new TransformStream({
    transform(chunk, controller) {
      const text = translation.push(chunk);
      if (text !== '') controller.enqueue(encoder.encode(text));
    },
    flush(controller) {
      const text = translation.end();
      if (text !== '') controller.enqueue(encoder.encode(text));
    },
  });
}
