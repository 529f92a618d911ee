/** Vectors in base64, as OpenAI writes them: 32-bit floats, little-endian. */
import { base64OfBytes, bytesOfBase64 } from '../base64.ts';

const FLOAT_BYTES = 4;

export function base64OfFloats(values: readonly number[]): string {
  const bytes = new Uint8Array(values.length * FLOAT_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setFloat32(index * FLOAT_BYTES, value, true);
  return base64OfBytes(bytes);
}

/** Undefined for what is no base64 of such floats. */
export function floatsOfBase64(text: string): readonly number[] | undefined {
  const bytes = tryDecode(text);
  if (bytes === undefined || bytes.length % FLOAT_BYTES !== 0) return undefined;
  const view = new DataView(bytes.buffer);
  const values = Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) =>
    view.getFloat32(index * FLOAT_BYTES, true),
  );
  return values.every(Number.isFinite) ? values : undefined;
}

function tryDecode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return bytesOfBase64(text);
  } catch {
    return undefined;
  }
}
