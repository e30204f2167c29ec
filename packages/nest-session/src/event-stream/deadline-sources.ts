import { Injectable } from '@nestjs/common';
import type { Deadline } from './deadline.js';

/** A part of the application that keeps things with deadlines in sessions. */
export interface DeadlineSource {
  /** Of the things in these properties, a bounded number. Must not throw, whatever they are. */
  deadlinesIn(data: Readonly<Record<string, unknown>>): readonly Deadline[];
}

/** Where parts of the application say which deadlines event streams tell of. */
@Injectable()
export class DeadlineSources {
  readonly #sources = new Set<DeadlineSource>();

  add(source: DeadlineSource): void {
    this.#sources.add(source);
  }

  deadlinesIn(data: Readonly<Record<string, unknown>>): readonly Deadline[] {
    return [...this.#sources].flatMap((source) => source.deadlinesIn(data));
  }
}
