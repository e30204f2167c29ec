import type { CustomDecorator } from '@nestjs/common';
import { Reflector } from '@nestjs/core';

export const CrossSiteMetadata = Reflector.createDecorator<boolean>();

/**
 * Lets pages of other sites load what this route or controller answers to signed-in users, such as
 * a badge or a widget. Unsafe methods are checked all the same.
 */
export const CrossSite = (): CustomDecorator => CrossSiteMetadata(true);
