/**
 * Reads answers, whole or in chunks, into neutral stream parts: plain answers are collected from the
 * same parts, so that both ways agree.
 */
import type { Usage } from '../../ir/response.ts';
import type { Emit } from '../../ir/stream.ts';
import { isObject, type JsonObject } from '../../json.ts';
import type { Loss, Report } from '../../loss.ts';
import { type CandidateDecoder, createCandidateDecoder } from './candidate-decoder.ts';
import { numericOf } from './fields.ts';
import { decodeUsage } from './mappings.ts';

export interface AnswerDecoder {
  /** One GenerateContentResponse. */
  chunk(body: JsonObject, emit: Emit): void;
  /** Closes what is open. True: every candidate came to its end, and its finish was emitted. */
  finish(emit: Emit): boolean;
  /** The stream failed: closes what is open, without a call that was not complete and without a finish. */
  cut(emit: Emit): void;
  usage(): Usage | undefined;
}

export interface AnswerOptions {
  readonly report: Report;
  /** A whole answer: what is said at its end may still belong to its first part. */
  readonly isWhole: boolean;
}

interface Blocked {
  readonly raw: string;
  readonly message: string | undefined;
}

export function createAnswerDecoder({ report, isWhole }: AnswerOptions): AnswerDecoder {
  const candidates = new Map<number, CandidateDecoder>();
  const lose = once(report);
  let usage: Usage | undefined;
  let blocked: Blocked | undefined;
  let isStarted = false;
  let seed = '';

  function start(body: JsonObject, emit: Emit): void {
    if (isStarted) return;
    isStarted = true;
    const id = text(body['responseId']) ?? '';
    const model = text(body['modelVersion']) ?? '';
    seed = id === '' ? seedOf(body) : id;
    emit({ type: 'message-start', id, model, usage });
  }

  function decoderFor(index: number): CandidateDecoder {
    const known = candidates.get(index);
    if (known !== undefined) return known;
    const made = createCandidateDecoder({ candidate: index, seed, isWhole, lose });
    candidates.set(index, made);
    return made;
  }

  function endAll(emit: Emit, isCut: boolean): void {
    const ordered = [...candidates].toSorted(([a], [b]) => a - b);
    for (const [, decoder] of ordered) decoder.end(emit, isCut);
  }

  return {
    chunk(body, emit) {
      usage = decodeUsage(body['usageMetadata']) ?? usage;
      start(body, emit);
      blocked ??= blockedOf(body);
      const list = Array.isArray(body['candidates']) ? body['candidates'] : [];
      for (const [position, wire] of list.entries()) {
        if (isObject(wire)) decoderFor(numericOf(wire['index']) ?? position).add(wire, emit);
      }
    },
    finish(emit) {
      if (candidates.size === 0 && blocked !== undefined) {
        emit({ type: 'finish', candidate: 0, finish: { reason: 'content-filter', ...blocked } });
        return true;
      }
      const isCut = [...candidates.values()].some((decoder) => !decoder.isFinished() && !isWhole);
      endAll(emit, isCut);
      return candidates.size > 0 && !isCut;
    },
    cut: (emit) => endAll(emit, true),
    usage() {
      return usage;
    },
  };
}

/** What tells answers apart that have no id: synthesised ids of calls must differ between turns. */
function seedOf(body: JsonObject): string {
  const prompt = isObject(body['usageMetadata']) ? body['usageMetadata']['promptTokenCount'] : '';
  return `${text(body['createTime']) ?? ''} ${numericOf(prompt) ?? ''}`;
}

function blockedOf(body: JsonObject): Blocked | undefined {
  const feedback = body['promptFeedback'];
  if (!isObject(feedback)) return undefined;
  const raw = text(feedback['blockReason']);
  return raw === undefined ? undefined : { raw, message: text(feedback['blockReasonMessage']) };
}

/** A stream meets the same loss in every chunk; one report says it. */
function once(report: Report): Report {
  const seen = new Set<string>();
  return (loss: Loss) => {
    if (seen.has(loss.feature)) return;
    seen.add(loss.feature);
    report(loss);
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
