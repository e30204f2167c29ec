import { Body, type PipeTransform } from '@nestjs/common';
import * as v from 'valibot';
import { ShopProblem } from '../problem.js';
import { toIssues } from './issues.js';

/**
 * The body of a request, checked and typed by a schema. What is wrong with it is answered as
 * `bad-request` with a list of `issues`.
 */
export function ValidBody(schema: v.GenericSchema): ParameterDecorator {
  return Body(new SchemaPipe(schema));
}

class SchemaPipe implements PipeTransform {
  constructor(private readonly schema: v.GenericSchema) {}

  transform(value: unknown): unknown {
    // A request without a body means the same as one with an empty object.
    const result = v.safeParse(this.schema, value ?? {});
    if (result.success) return result.output;
    const issues = toIssues(result.issues);
    const detail = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message));
    throw new ShopProblem('bad-request', detail.join('; '), { extensions: { issues } });
  }
}
