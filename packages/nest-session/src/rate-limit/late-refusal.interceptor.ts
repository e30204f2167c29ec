import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { QuotaExceededError } from '../errors.js';
import { RESPONSE_HEADERS } from '../http/contract.js';
import { contextExchange } from '../platform/request-of.js';

/**
 * What a handler refuses itself, as a sign-in does, is told beside the limits of its route: these are
 * set last, and would take the place of the headers that the error brings.
 */
@Injectable()
export class LateRefusalInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (error instanceof QuotaExceededError) tell(context, error);
        throw error;
      }),
    );
  }
}

function tell(context: ExecutionContext, { headers }: QuotaExceededError): void {
  const exchange = contextExchange(context);
  for (const name of [RESPONSE_HEADERS.rateLimitPolicy, RESPONSE_HEADERS.rateLimit]) {
    const member = headers[name];
    if (member !== undefined) exchange?.appendHeader(name, member);
  }
}
