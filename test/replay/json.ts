/** Reads of parsed JSON, as the judges of the conformance command have them. */
export * from '../../packages/conformance/src/judge/json.ts';
