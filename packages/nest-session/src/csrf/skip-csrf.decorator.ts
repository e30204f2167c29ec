import type { CustomDecorator } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export const SkipCsrfMetadata = Reflector.createDecorator<boolean>();

/** Exempts a route or controller from the CSRF check: webhooks, callers with their own proof. */
export const SkipCsrf = (): CustomDecorator => SkipCsrfMetadata(true);
