import { RequestMethod } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** Where the health endpoint is served: under the prefix of the application, unless it is excluded. */
export function healthPathOf(
  path: string,
  config: Pick<ApplicationConfig, 'getGlobalPrefix' | 'getGlobalPrefixOptions'>,
): string {
  const prefix = config.getGlobalPrefix().replace(/^\/+|\/+$/g, '');
  const { exclude = [] } = config.getGlobalPrefixOptions();
  const isExcluded = exclude.some(
    ({ requestMethod, pathRegex }) => METHODS.includes(requestMethod) && pathRegex.test(path),
  );
  return prefix === '' || isExcluded ? path : `/${prefix}${path}`;
}

/** A route that is excluded without a method has -1 in some versions of Nest. */
const METHODS: readonly number[] = [RequestMethod.GET, RequestMethod.ALL, -1];
