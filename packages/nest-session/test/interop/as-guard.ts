import { type CanActivate, HttpException } from '@nestjs/common';
import type { RequestHandler, Response } from 'express';

/** Express middleware as a guard: what it puts on the request, handlers find there. */
export function asGuard(middleware: RequestHandler): CanActivate {
  return {
    canActivate: (context) =>
      new Promise((resolve, reject) => {
        const http = context.switchToHttp();
        const response = http.getResponse<Response & { raw?: Response }>();
        middleware(http.getRequest(), response.raw ?? response, (error) => {
          if (!error) resolve(true);
          else reject(error.status ? new HttpException(error.message, error.status) : error);
        });
      }),
  };
}
